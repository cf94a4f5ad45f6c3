import { describe, expect, test } from 'vitest';
import { zeroWindow } from '../../server/detect/zero_window.ts';
import { listen, process, told, watch, type Row } from '../track/given.ts';
import { times } from './given.ts';
import { client, detecting, served, stood } from './stuck.ts';

const { detect, considered } = detecting(zeroWindow);

const BLOCKED: Row = { timer: 'probe', sendQueueBytes: 2_000_000 };
const UNREAD: Row = { recvQueueBytes: 400_000 };

describe('peer_not_reading', () => {
  test('a service that reads nothing is told of from the first connection', () => {
    expect(detect(stood([client(BLOCKED)(1)], 60))).toMatchObject([
      {
        cause: 'peer_not_reading',
        severity: 'warning',
        certainty: 'certain',
        labels: { role: 'client', peer: '10.0.0.1:5432' },
        oldestAgeSeconds: 60,
        evidence: { sendQueueBytes: 2_000_000, peerNotReading: 1, notReading: 0 },
        filter:
          'state established state close-wait and dst 10.0.0.1 and dport = :5432 and pid = 100 and sendq > 0',
      },
    ]);
  });

  test('the kernel knows since when nothing was sent', () => {
    const { pass } = watch(1);
    const rows = [client(BLOCKED)(1)];
    for (let i = 0; i < 5; i++) pass(rows, { inspect: () => told({ lastDataSentSeconds: 900 }) });
    expect(detect(pass(rows, { inspect: () => told({ lastDataSentSeconds: 900 }) }))).toMatchObject([
      { oldestAgeSeconds: 900 },
    ]);
  });

  test('a slow but reading peer is none: what waits shrinks', () => {
    const { pass } = watch(1);
    for (let i = 0; i < 200; i++) pass([client({ ...BLOCKED, sendQueueBytes: 9e5 - (i % 7) * 1e4 })(1)]);
    expect(detect(pass([client({ ...BLOCKED, sendQueueBytes: 9e5 - 2e4 })(1)]))).toEqual([]);
  });

  test('nor is one whose queue looks the same at each pass, while the kernel counts what it takes', () => {
    const { pass } = watch(1);
    let bytesAcked = 0;
    const inspect = () => told({ lastDataSentSeconds: 0.1, bytesAcked: (bytesAcked += 65_536) });
    for (let i = 0; i < 200; i++) pass([client(BLOCKED)(1)], { inspect });
    expect(detect(pass([client(BLOCKED)(1)], { inspect }))).toEqual([]);
  });

  test('a download that is paused for some seconds is let pass, and told why', () => {
    const seen = stood([listen(8080), served(BLOCKED)(1)], 8);
    expect(detect(seen)).toEqual([]);
    expect(considered(seen)).toMatchObject([{ reason: 'too_young', value: 8, threshold: 60 }]);
  });

  test('a few clients that pause are told of and alarm nobody; many are a warning', () => {
    const rows = (n: number) => [
      listen(8080),
      ...times(n, served(BLOCKED)),
      ...times(50, (i) => served({})(i + 100)),
    ];
    expect(detect(stood(rows(3), 300))).toMatchObject([{ severity: 'info', labels: { peer: '*' } }]);
    expect(detect(stood(rows(20), 300))).toMatchObject([{ severity: 'warning', count: 20 }]);
  });

  test('where nobody answers the probes, the peer is silent and not slow: others’ affair', () => {
    expect(detect(stood([client({ ...BLOCKED, probes: 4 })(1)], 60))).toEqual([]);
  });

  test('a server with a process for each connection is one program', () => {
    const processes = Array.from({ length: 7 }, (_, i) => process({ pid: 40 + i, name: 'postgres' }));
    const rows = [
      listen(8080),
      ...times(6, (i) => served({ ...BLOCKED, owner: i + 1, remote: '10.0.0.9', remotePort: i + 1 })(i)),
    ];
    const { pass } = watch(1);
    pass(rows, { processes });
    const found = detect(pass(rows, { processes, after: 60 }));
    expect(found).toMatchObject([
      {
        severity: 'warning',
        count: 6,
        labels: { process: 'postgres', role: 'server', peer: '10.0.0.9', port: '8080' },
        evidence: { connections: 6, pid: 41, processSockets: 1 },
        filter:
          'state established state close-wait and dst 10.0.0.9 and sport = :8080 and process = postgres and sendq > 0',
      },
    ]);
    expect(found[0]?.labels).not.toHaveProperty('pid');
  });

  test('orphans with a closed window are others’ affair', () => {
    expect(detect(stood([client({ ...BLOCKED, state: 'FIN_WAIT1' })(1)], 60))).toEqual([]);
  });
});

describe('not_reading', () => {
  test('full receive buffers that a program leaves', () => {
    expect(detect(stood([listen(8080), ...times(6, served(UNREAD))], 60))).toMatchObject([
      {
        cause: 'not_reading',
        severity: 'warning',
        labels: { role: 'server' },
        evidence: { recvQueueBytes: 2_400_000 },
      },
    ]);
  });

  test('a single one is told of and alarms nobody: a proxy with a slow client looks the same', () => {
    expect(detect(stood([client(UNREAD)(1)], 60))).toMatchObject([{ severity: 'info' }]);
  });

  test('a few bytes that nobody reads keep nobody from sending', () => {
    expect(detect(stood(times(20, client({ recvQueueBytes: 300 })), 600))).toEqual([]);
  });

  test('the kernel knows when a small buffer is full', () => {
    const memory = {
      receivedBytes: 4500,
      receiveLimitBytes: 4608,
      sendQueuedBytes: 0,
      sendLimitBytes: 0,
      drops: 0,
    };
    const rows = [client({ recvQueueBytes: 2000 })(1)];
    expect(detect(stood(rows, 60, { inspect: () => told({ memory }) }))).toHaveLength(1);
    const roomy = { ...memory, receiveLimitBytes: 131_072 };
    expect(detect(stood(rows, 60, { inspect: () => told({ memory: roomy }) }))).toEqual([]);
  });

  test('a program that reads now and then is none', () => {
    const { pass } = watch(1);
    for (let i = 0; i < 200; i++) pass([client({ recvQueueBytes: i % 20 === 0 ? 2e5 : 4e5 })(1)]);
    expect(detect(pass([client(UNREAD)(1)]))).toEqual([]);
  });

  test('what waits for accept() has no reader yet', () => {
    const rows = [listen(8080, { recvQueueBytes: 6 }), ...times(6, served({ ...UNREAD, inode: 0 }))];
    expect(detect(stood(rows, 60))).toEqual([]);
  });
});

test('both sides that wait for each other are one finding with both counts', () => {
  const rows = [...times(2, client(BLOCKED)), client(UNREAD)(7)];
  expect(detect(stood(rows, 60))).toMatchObject([
    { cause: 'peer_not_reading', evidence: { peerNotReading: 2, notReading: 1 } },
  ]);
});
