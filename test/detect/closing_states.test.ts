import { describe, expect, test } from 'vitest';
import { closingStuck } from '../../server/detect/closing_stuck.ts';
import { finWaitStuck } from '../../server/detect/fin_wait_stuck.ts';
import { lastAckStuck } from '../../server/detect/last_ack_stuck.ts';
import { listen, LIMITS, told, watch, type Row } from '../track/given.ts';
import { times } from './given.ts';
import { client, detecting, orphan, served, stood } from './stuck.ts';

const HELD: Row = { timer: 'retransmit', retransmits: 6, sendQueueBytes: 1001 };
const UNACKED: Row = { ...HELD, ...orphan };
const CLOSED_WINDOW: Row = { timer: 'probe', sendQueueBytes: 5001, ...orphan };

describe.each([
  ['FIN_WAIT1', detecting(finWaitStuck), 'fin-wait-1'],
  ['LAST_ACK', detecting(lastAckStuck), 'last-ack'],
  ['CLOSING', detecting(closingStuck), 'closing'],
] as const)('%s', (state, { detect, considered }, ss) => {
  test('undelivered: many that get no acknowledgement, with when the kernel gives them up', () => {
    const [found, ...others] = detect(stood(times(6, client({ ...UNACKED, state })), 40));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      cause: 'undelivered',
      severity: 'warning',
      certainty: 'strong',
      labels: { process: 'kernel', role: 'client', peer: '10.0.0.1:5432' },
      count: 6,
      evidence: { sendQueueBytes: 6006, orphaned: true, orphanRetries: 0, connections: 6 },
      filter: `state ${ss} and dst 10.0.0.1 and dport = :5432`,
    });
    expect(found?.labels).not.toHaveProperty('pid');
    // tcp_orphan_retries of 0 stands for 8: 0.2 s and its eight doublings.
    expect(found?.evidence.kernelEndsAfterSeconds).toBeCloseTo(102.2);
  });

  test('window_closed: the peer is alive and does not read what is left', () => {
    const rows = [listen(8080), ...times(6, served({ ...CLOSED_WINDOW, state }))];
    expect(detect(stood(rows, 40))).toMatchObject([
      {
        cause: 'window_closed',
        certainty: 'certain',
        evidence: { windowClosed: 6, process: 'app', pid: 100 },
      },
    ]);
  });

  test('a program that still holds them is named, and has longer', () => {
    const rows = times(6, client({ ...HELD, state }));
    const [found] = detect(stood(rows, 40));
    expect(found).toMatchObject({ labels: { process: 'app', pid: '100' }, evidence: { retries2: 15 } });
    expect(found?.evidence.kernelEndsAfterSeconds).toBeCloseTo(924.6);
  });

  test('fewer than minCount are let pass, and told why; so are those of a moment', () => {
    const few = stood(times(4, client({ ...UNACKED, state })), 40);
    expect(detect(few)).toEqual([]);
    expect(considered(few)).toMatchObject([{ reason: 'too_few', value: 4, threshold: 5, state }]);
    const young = stood(times(9, client({ ...UNACKED, state })), 5);
    expect(detect(young)).toEqual([]);
    expect(considered(young)).toMatchObject([{ reason: 'too_young', value: 5, threshold: 30, count: 9 }]);
  });

  test('a FIN under way is nothing', () => {
    expect(detect(stood(times(50, client({ ...UNACKED, state, retransmits: 0 })), 40))).toEqual([]);
    expect(considered(stood(times(50, client({ ...UNACKED, state, retransmits: 1 })), 40))).toEqual([]);
  });

  test('clients of a busy server that vanish while it closes are told of and alarm nobody', () => {
    const rows = [listen(443), ...times(8, served({ ...UNACKED, state, localPort: 443 }))];
    const busy = [...rows, ...times(600, (i) => served({ localPort: 443 })(i + 10))];
    expect(detect(stood(busy, 40))).toMatchObject([{ severity: 'info', labels: { peer: '*', port: '443' } }]);
    expect(detect(stood(rows, 40))).toMatchObject([{ severity: 'warning' }]);
  });
});

describe('FIN_WAIT2', () => {
  const { detect, considered } = detecting(finWaitStuck);
  const WAITING: Row = { state: 'FIN_WAIT2' };

  test('peer_not_closing: held by a program, with no end', () => {
    expect(detect(stood(times(6, client(WAITING)), 300))).toMatchObject([
      {
        cause: 'peer_not_closing',
        severity: 'warning',
        labels: { process: 'app', pid: '100' },
        oldestAgeSeconds: 300,
        filter: 'state fin-wait-2 and dst 10.0.0.1 and dport = :5432 and pid = 100',
      },
    ]);
  });

  test('a program that waits for the end of an answer is none', () => {
    expect(detect(stood(times(6, client(WAITING)), 120))).toEqual([]);
  });

  test('nor is one that still receives, however long', () => {
    const inspect = () => told({ lastDataReceivedSeconds: 2, lastAckReceivedSeconds: 2 });
    const seen = stood(times(6, client(WAITING)), 3000, { inspect });
    expect(detect(seen)).toEqual([]);
    expect(considered(seen)).toMatchObject([{ reason: 'makes_progress', count: 6, state: 'FIN_WAIT2' }]);
  });

  test('orphans end by tcp_fin_timeout: considered, and never told', () => {
    const rows = times(500, client({ ...WAITING, ...orphan, timer: 'time_wait', timerExpiresMs: 30_000 }));
    const seen = stood(rows, 50);
    expect(detect(seen)).toEqual([]);
    expect(considered(seen)).toMatchObject([
      {
        reason: 'kernel_ends_it',
        labels: { process: 'kernel' },
        count: 500,
        threshold: LIMITS.finTimeoutSeconds,
      },
    ]);
  });

  test('with FIN_WAIT1 of the same program and peer it stays one finding', () => {
    const rows = [
      ...times(6, client({ ...HELD, state: 'FIN_WAIT1' })),
      ...times(6, (i) => client(WAITING)(i + 20)),
    ];
    expect(detect(stood(rows, 400))).toMatchObject([{ cause: 'undelivered', count: 6 }]);
  });

  test('limits that are not known leave out when it ends', () => {
    const { pass } = watch(1);
    const limits = { ...LIMITS, orphanRetries: null };
    const rows = times(6, client({ ...UNACKED, state: 'FIN_WAIT1' }));
    pass(rows, { limits });
    const [found] = detect(pass(rows, { limits, after: 40 }));
    expect(found?.evidence.kernelEndsAfterSeconds).toBeNull();
  });
});
