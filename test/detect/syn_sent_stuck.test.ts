import { expect, test } from 'vitest';
import { synSentStuck } from '../../server/detect/syn_sent_stuck.ts';
import { LIMITS, watch, type Row } from '../track/given.ts';
import { times } from './given.ts';
import { client, detecting, stood } from './stuck.ts';

const { detect, considered } = detecting(synSentStuck);

const UNANSWERED: Row = { state: 'SYN_SENT', timer: 'retransmit', retransmits: 4, sendQueueBytes: 1 };

test('a destination that drops SYNs is told of, with when the kernel gives up', () => {
  expect(detect(stood(times(5, client(UNANSWERED)), 12))).toMatchObject([
    {
      cause: 'unanswered',
      severity: 'warning',
      certainty: 'certain',
      labels: { process: 'app', role: 'client', peer: '10.0.0.1:5432' },
      count: 5,
      // As the kernel's documentation has it: 131 s.
      evidence: { retransmits: 4, kernelEndsAfterSeconds: 131, synRetries: 6 },
      filter: 'state syn-sent and dst 10.0.0.1 and dport = :5432 and pid = 100',
    },
  ]);
});

test('kernels before linear timeouts give up sooner', () => {
  const limits = { ...LIMITS, synLinearTimeouts: null };
  const [found] = detect(stood(times(5, client(UNANSWERED)), 12, { limits }));
  expect(found?.evidence.kernelEndsAfterSeconds).toBe(127);
});

test('each retransmission took a second at least, whoever began to watch when', () => {
  const { pass } = watch(1);
  expect(detect(pass([client({ ...UNANSWERED, retransmits: 10 })(1)]))).toMatchObject([
    { oldestAgeSeconds: 10, ageExact: false },
  ]);
});

test('one or two dead ends are told of and alarm nobody', () => {
  expect(detect(stood(times(2, client(UNANSWERED)), 60))).toMatchObject([{ severity: 'info', count: 2 }]);
});

test('a crawler with many dead ends among what answers is told of once and alarms nobody', () => {
  const dead = times(30, (i) => client({ ...UNANSWERED, remote: `10.3.0.${i}` })(i));
  const well = times(70, (i) => client({ remote: `10.4.0.${i}` })(i + 100));
  expect(detect(stood([...dead, ...well], 60))).toMatchObject([
    { severity: 'info', labels: { peer: '*' }, count: 30, evidence: { connections: 100 } },
  ]);
  expect(detect(stood(dead, 60))).toMatchObject([{ severity: 'warning' }]);
});

test('a lost SYN is nothing, nor are connections that are opened', () => {
  expect(detect(stood(times(50, client({ ...UNANSWERED, retransmits: 1 })), 60))).toEqual([]);
  expect(detect(stood(times(50, client({ ...UNANSWERED, retransmits: 0 })), 60))).toEqual([]);
});

test('a short one is let pass, and told why', () => {
  const seen = stood(times(3, client({ ...UNANSWERED, retransmits: 2 })), 4);
  expect(detect(seen)).toEqual([]);
  expect(considered(seen)).toMatchObject([
    { reason: 'too_young', value: 4, threshold: 10, state: 'SYN_SENT' },
  ]);
});
