import { describe, expect, test } from 'vitest';
import { halfOpen } from '../../server/detect/half_open.ts';
import { parseFilter } from '../../server/model/filter-parser.ts';
import { querySockets } from '../../server/track/query.ts';
import { listen, told, watch, type Row } from '../track/given.ts';
import { times } from './given.ts';
import { client, detecting, served, stood } from './stuck.ts';

const { detect, considered } = detecting(halfOpen);

const SENDING: Row = { timer: 'retransmit', retransmits: 7, sendQueueBytes: 500 };
const PROBING: Row = { timer: 'keepalive', probes: 3 };
const hours = (n: number) => told({ lastDataReceivedSeconds: n * 3600, lastAckReceivedSeconds: n * 3600 });

describe('sending', () => {
  test('one connection to a service is told of, with when the kernel ends it', () => {
    const [found, ...others] = detect(stood([client(SENDING)(1)], 60));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      cause: 'sending',
      severity: 'warning',
      certainty: 'strong',
      labels: { process: 'app', pid: '100', role: 'client', peer: '10.0.0.1:5432', port: '5432' },
      count: 1,
      oldestAgeSeconds: 60,
      ageExact: false,
      evidence: { sendQueueBytes: 500, retransmits: 7, connections: 1, retries2: 15, backoff: null },
    });
    // As the kernel's documentation has it for 15 retransmissions: 924.6 s.
    expect(found?.evidence.kernelEndsAfterSeconds).toBeCloseTo(924.6);
    expect(found?.evidence.kernelEndsInSeconds).toBeCloseTo(864.6);
  });

  test('what the kernel knows of the time before counts too', () => {
    const { pass } = watch(1);
    const info = told({ retransmissionTimeoutSeconds: 51.2, backoff: 8, lastAckReceivedSeconds: 4000 });
    const [found] = detect(pass([client({ ...SENDING, retransmits: 8 })(1)], { inspect: () => info }));
    // 0.2 s and its doublings: 0.2 * (2^8 - 1).
    expect(found?.oldestAgeSeconds).toBeCloseTo(51);
    expect(found?.evidence).toMatchObject({ backoff: 8, lastAckReceivedSeconds: 4000 });
  });

  test('a retransmission or two under load is nothing', () => {
    expect(detect(stood(times(50, client({ ...SENDING, retransmits: 2 })), 60))).toEqual([]);
  });

  test('one that is answered between passes begins anew', () => {
    const { pass } = watch(1);
    for (let i = 0; i < 100; i++) pass([client({ ...SENDING, retransmits: 1 + (i % 5) })(1)]);
    expect(detect(pass([client({ ...SENDING, retransmits: 5 })(1)]))).toEqual([]);
    for (let i = 0; i < 100; i++) pass([client(i % 2 ? SENDING : {})(1)]);
    expect(detect(pass([client(SENDING)(1)]))).toEqual([]);
  });

  test('shorter than minAge it is let pass, and told why', () => {
    const seen = stood([client(SENDING)(1)], 20);
    expect(detect(seen)).toEqual([]);
    expect(considered(seen)).toMatchObject([
      { reason: 'too_young', measure: 'seconds', value: 20, threshold: 30, count: 1, state: 'ESTABLISHED' },
    ]);
  });

  test('a peer that vanished after its FIN is one too; closing states are others’ affair', () => {
    expect(detect(stood([client({ ...SENDING, state: 'CLOSE_WAIT' })(1)], 60))).toHaveLength(1);
    for (const state of ['FIN_WAIT1', 'LAST_ACK', 'CLOSING', 'SYN_SENT'] as const) {
      expect(detect(stood([client({ ...SENDING, state })(1)], 60))).toEqual([]);
    }
  });
});

describe('clients that vanish', () => {
  test('a few of a busy server’s are told of as one and alarm nobody', () => {
    const rows = [listen(8080), ...times(30, served(SENDING)), ...times(970, (i) => served({})(i + 30))];
    const found = detect(stood(rows, 60));
    expect(found).toMatchObject([
      {
        severity: 'info',
        labels: { role: 'server', peer: '*', port: '8080' },
        count: 30,
        evidence: { connections: 1000, peers: 30 },
      },
    ]);
  });

  test('where a tenth of all are gone it is a warning', () => {
    const rows = [listen(8080), ...times(30, served(SENDING)), ...times(200, (i) => served({})(i + 30))];
    expect(detect(stood(rows, 60))).toMatchObject([{ severity: 'warning', count: 30 }]);
  });

  test('one peer with many of them is named, whoever else is well', () => {
    const gone = times(6, (i) => served({ ...SENDING, remote: '10.9.9.9', remotePort: 50_000 + i })(i));
    const rows = [listen(8080), ...gone, ...times(500, (i) => served({})(i + 30))];
    expect(detect(stood(rows, 60))).toMatchObject([
      { severity: 'warning', labels: { peer: '10.9.9.9' }, count: 6, evidence: { connections: 6 } },
    ]);
  });
});

test('many services that do not answer are one finding', () => {
  const rows = times(40, (i) => client({ ...SENDING, remote: `10.2.0.${i}` })(i));
  expect(detect(stood(rows, 60))).toMatchObject([
    { labels: { peer: '*' }, count: 40, evidence: { peers: 40 } },
  ]);
});

describe('probing', () => {
  test('keepalive probes without an answer are told of', () => {
    expect(detect(stood([client(PROBING)(1)], 75))).toMatchObject([
      { cause: 'probing', severity: 'warning', evidence: { probes: 3, keepaliveProbes: 9 } },
    ]);
  });

  test('how long nothing was heard tells the age, whoever began to watch when', () => {
    const { pass } = watch(1);
    const seen = pass([client(PROBING)(1)], {
      inspect: () => told({ lastAckReceivedSeconds: 7300, lastDataReceivedSeconds: 9000 }),
    });
    expect(detect(seen)).toMatchObject([{ oldestAgeSeconds: 7300 }]);
  });

  test('a closed window that is probed in vain is one too: the peer is not slow, it is silent', () => {
    const rows = [client({ timer: 'probe', probes: 6, sendQueueBytes: 9000 })(1)];
    expect(detect(stood(rows, 60))).toMatchObject([
      { cause: 'probing', evidence: { probes: 6, retries2: 15, sendQueueBytes: 9000 } },
    ]);
    expect(detect(stood([client({ timer: 'probe', probes: 1, sendQueueBytes: 9000 })(1)], 60))).toEqual([]);
  });

  test('one probe under way is nothing, and keepalive that waits neither', () => {
    expect(detect(stood([client({ ...PROBING, probes: 1 })(1)], 60))).toEqual([]);
    expect(detect(stood([client({ timer: 'keepalive' })(1)], 60))).toEqual([]);
  });
});

describe('idle', () => {
  test('silent for hours without keepalive is a suspicion, and no more', () => {
    expect(detect(stood(times(3, client({})), 1, { inspect: () => hours(3) }))).toMatchObject([
      { cause: 'idle', severity: 'info', certainty: 'suspect', count: 3, ageExact: true },
    ]);
  });

  test('an SSH session that is idle for an hour is none', () => {
    const seen = stood([listen(22), served({ localPort: 22 })(1)], 3600, { inspect: () => hours(1) });
    expect(detect(seen)).toEqual([]);
    expect(considered(seen)).toMatchObject([
      { reason: 'too_young', value: 3600, threshold: 7200, labels: { peer: '10.1.0.1' } },
    ]);
  });

  test('where the kernel cannot be asked, nothing is suspected', () => {
    expect(detect(stood(times(3, client({})), 100_000))).toEqual([]);
  });

  test('stays a finding while the sample goes round', () => {
    const { pass } = watch(1);
    const rows = times(400, client({}));
    for (let i = 0; i < 10; i++) pass(rows, { inspect: () => hours(3) });
    const counts = times(5, () => ({})).map(() => detect(pass(rows, { inspect: () => hours(3) }))[0]?.count);
    expect(counts).toEqual([400, 400, 400, 400, 400]);
  });
});

test('without an owner that is known nobody is named, and a pending one is waited for', () => {
  const rows = times(3, client({ ...SENDING, ownerGap: 'permission' }));
  expect(detect(stood(rows, 60))).toMatchObject([
    { labels: { process: 'unknown' }, evidence: { ownerGap: 'permission' } },
  ]);
  expect(detect(stood(times(3, client({ ...SENDING, ownerGap: 'pending' })), 60))).toEqual([]);
});

test('the role stays when the listener closes before its connections', () => {
  const { pass } = watch(1);
  pass([listen(8080), served(SENDING)(1)]);
  const [found] = detect(pass([served(SENDING)(1)], { after: 60 }));
  expect(found?.labels).toMatchObject({ role: 'server', port: '8080' });
});

test.each([4, 6] as const)('its filter shows its sockets, over family %i', (family) => {
  const address = family === 6 ? { family, local: '2001:db8::2', remote: '2001:db8::1' } : {};
  const seen = stood([...times(3, client({ ...SENDING, ...address })), client(address)(9)], 60, {});
  const [found] = detect(seen);
  const query = { kind: 'sockets', sort: 'age', descending: true, limit: 100, offset: 0 } as const;
  const { answer } = querySockets([seen.view], { ...query, filter: parseFilter(found?.filter ?? '?') }, 0);
  expect(answer.total).toBe(3);
});

test('a standing finding is let go a little later than it was raised', () => {
  const rows = [listen(8080), ...times(9, served(SENDING)), ...times(86, (i) => served({})(i + 30))];
  const { view } = stood(rows, 60, {});
  const severity = (stands: boolean) =>
    halfOpen.detect(view, { ...halfOpen.defaults, minShare: 0.1 }, () => stands).detections[0]?.severity;
  expect([severity(false), severity(true)]).toEqual(['info', 'warning']);
});
