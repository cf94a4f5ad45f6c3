import { expect, test } from 'vitest';
import { resetStorm } from '../../server/detect/reset_storm.ts';
import type { Counters } from '../../server/model/snapshot.ts';
import { watch } from '../track/given.ts';
import { ask, counting } from './given.ts';

const { found, once } = ask(resetStorm);
const { view } = watch().pass([]);
const during = (increases: Counters, seconds = 30) => counting(view, increases, seconds);
/** 100 connections a second over half a minute. */
const BUSY = { 'Tcp.PassiveOpens': 3000 };

test.each([
  [
    'unread_at_close',
    'TCPAbortOnClose',
    { 'TcpExt.TCPAbortOnClose': 600, 'Tcp.EstabResets': 600 },
    'certain',
  ],
  ['linger_zero', 'TCPAbortOnData', { 'TcpExt.TCPAbortOnData': 600, 'Tcp.EstabResets': 600 }, 'suspect'],
  ['linger_zero', 'TCPAbortOnData', { 'TcpExt.TCPAbortOnData': 600, 'Tcp.EstabResets': 1200 }, 'strong'],
  ['data_after_close', 'TCPAbortOnData', { 'TcpExt.TCPAbortOnData': 600, 'Tcp.EstabResets': 2 }, 'strong'],
  ['timed_out', 'TCPAbortOnTimeout', { 'TcpExt.TCPAbortOnTimeout': 600 }, 'certain'],
  ['refused', 'AttemptFails', { 'Tcp.AttemptFails': 600, 'Tcp.ActiveOpens': 700 }, 'strong'],
])('%s is told by %s', (cause, counter, increases, certainty) => {
  expect(found(during({ ...BUSY, ...increases }))).toMatchObject([
    { severity: 'warning', cause, certainty, labels: { counter }, count: 600, evidence: { perSecond: 20 } },
  ]);
});

test('a busy proxy that resets a few in a hundred is none', () => {
  const { detections, considered } = once(
    during({ 'Tcp.PassiveOpens': 30_000, 'TcpExt.TCPAbortOnClose': 900 }),
  );
  expect(detections).toEqual([]);
  expect(considered).toMatchObject([
    { reason: 'rare', measure: 'ratio', value: 0.03, threshold: 0.1, labels: { counter: 'TCPAbortOnClose' } },
  ]);
});

test('health checks that end by RST on a quiet host are none', () => {
  const checks = { 'Tcp.ActiveOpens': 150, 'TcpExt.TCPAbortOnData': 150, 'Tcp.EstabResets': 150 };
  expect(found(during(checks))).toEqual([]);
  expect(once(during(checks)).considered).toMatchObject([{ measure: 'perSecond', value: 5, threshold: 10 }]);
});

test('a port scan that breaks off its handshakes is none', () => {
  expect(
    found(during({ 'Tcp.AttemptFails': 3000, 'TcpExt.EmbryonicRsts': 3000, 'Tcp.OutRsts': 9000 })),
  ).toEqual([]);
});

test('attempts that timed out are not told again as refused', () => {
  const silent = { 'Tcp.ActiveOpens': 600, 'Tcp.AttemptFails': 600, 'TcpExt.TCPAbortOnTimeout': 600 };
  expect(found(during(silent)).map(({ cause }) => cause)).toEqual(['timed_out']);
});

test('a connection a second that the kernel gives up is a storm, since each was minutes of silence', () => {
  expect(found(during({ 'TcpExt.TCPAbortOnTimeout': 30 }))).toMatchObject([{ cause: 'timed_out' }]);
});

test('a burst, or a watch that has only begun, is none', () => {
  expect(found(during({ 'TcpExt.TCPAbortOnClose': 200 }))).toEqual([]);
  expect(found(during({ 'TcpExt.TCPAbortOnClose': 900 }, 10))).toEqual([]);
  expect(found(during({}, 0))).toEqual([]);
});

test('a rate that hovers at the threshold does not flap', () => {
  const storm = ask(resetStorm);
  const seen = [299, 300, 290, 275, 301, 200].map(
    (closed) => storm.next(during({ 'TcpExt.TCPAbortOnClose': closed })).length,
  );
  expect(seen).toEqual([0, 1, 1, 1, 1, 0]);
});
