import { expect, test } from 'vitest';
import type { Stall } from '../../server/model/snapshot.ts';
import { told, watch, type Row } from './given.ts';

const SENDING: Row = { timer: 'retransmit', retransmits: 4, sendQueueBytes: 10 };
const BLOCKED: Row = { timer: 'probe', sendQueueBytes: 10 };
const UNREAD: Row = { recvQueueBytes: 10 };

test.each([
  ['unacknowledged', SENDING, { retransmits: 3 }],
  ['zero_window', BLOCKED, { sendQueueBytes: 9 }],
  ['keepalive_unanswered', { timer: 'keepalive', probes: 3 }, { probes: 2 }],
  ['not_read', UNREAD, { recvQueueBytes: 9 }],
] as const)('%s lasts as long as what it is measured by does not go down', (kind, row, less) => {
  const { pass } = watch(1);
  pass([row]);
  expect(pass([row], { after: 5 }).view.stalls).toEqual([{ row: 0, kind, seconds: 5 }] satisfies Stall[]);
  expect(pass([{ ...row, ...less }], { after: 5 }).view.stalls).toMatchObject([{ seconds: 0 }]);
});

test('one pass without trouble ends it', () => {
  const { pass } = watch(1);
  pass([BLOCKED]);
  pass([{}]);
  expect(pass([BLOCKED]).view.stalls).toMatchObject([{ seconds: 0 }]);
});

test('a dump that skipped the socket once does not', () => {
  const { pass } = watch(1);
  pass([BLOCKED]);
  pass([]);
  expect(pass([BLOCKED]).view.stalls).toMatchObject([{ seconds: 2 }]);
});

test('bytes that moved between two passes end it, though the row looks the same', () => {
  const { pass } = watch(1);
  const after = (bytesAcked: number) => pass([BLOCKED], { inspect: () => told({ bytesAcked }) }).view.stalls;
  after(1000);
  expect(after(1000)).toMatchObject([{ seconds: 1 }]);
  expect(after(2000)).toMatchObject([{ seconds: 0 }]);
  expect(after(2000)).toMatchObject([{ seconds: 1 }]);
});
