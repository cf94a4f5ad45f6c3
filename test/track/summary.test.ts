import { expect, test } from 'vitest';
import { summarize } from '../../server/track/summary.ts';
import { listen, process, watch, type Row } from './given.ts';

const ACCESS = {
  processesDenied: 0,
  processesDeniedAlthoughHeld: 0,
  missingCapabilities: [],
  processesHidden: false,
};

test('every state and both families are counted, and no socket is left out', () => {
  const { view } = watch().pass([
    {},
    { localPort: 2, state: 'CLOSE_WAIT' },
    { localPort: 3, family: 6, state: 'CLOSE_WAIT', ownerGap: 'permission' },
    { localPort: 4, state: 'TIME_WAIT', timerExpiresMs: 10_000 },
  ]);
  const { sockets, oldest, ownership } = summarize(view, ACCESS);
  expect(sockets).toMatchObject({ total: 4, byFamily: { ipv4: 3, ipv6: 1 } });
  expect(sockets.byState).toMatchObject({ ESTABLISHED: 1, CLOSE_WAIT: 2, TIME_WAIT: 1, LISTEN: 0 });
  expect(sockets.byStateFamily.ipv6).toMatchObject({ CLOSE_WAIT: 1, ESTABLISHED: 0 });
  expect(Object.keys(sockets.byState)).toHaveLength(11);
  expect(oldest.TIME_WAIT).toEqual({ seconds: 50, exact: true });
  expect(oldest.CLOSE_WAIT).toEqual({ seconds: 0, exact: false });
  expect(oldest.LISTEN).toBeNull();
  expect(ownership.sockets).toEqual({
    none: 2,
    kernel: 1,
    permission: 1,
    accept_queue: 0,
    not_found: 0,
    pending: 0,
  });
});

test('the fifty processes with the most sockets are named, the rest is summed up', () => {
  const processes = Array.from({ length: 60 }, (_, i) => process({ pid: i + 1 }));
  const rows: Row[] = processes.map((_, i) => ({ localPort: i + 1, owner: i }));
  rows.push({ localPort: 1000, owner: 59, state: 'CLOSE_WAIT' });
  const summary = summarize(watch().pass(rows, { processes }).view, ACCESS);
  expect(summary.processes).toHaveLength(50);
  expect(summary.processes[0]).toMatchObject({ pid: 60, byState: { ESTABLISHED: 1, CLOSE_WAIT: 1 } });
  expect(summary.otherProcesses).toMatchObject({ ESTABLISHED: 10, CLOSE_WAIT: 0 });
});

test('listeners stand with the longest queue first, and port use with what the range allows', () => {
  const { view } = watch().pass([
    listen(80),
    listen(8080, { recvQueueBytes: 3, sendQueueBytes: 128 }),
    { localPort: 40000 },
  ]);
  const { listeners, ports } = summarize(view, ACCESS);
  expect(listeners).toEqual([
    {
      netns: 'host',
      address: '0.0.0.0',
      port: 8080,
      process: { pid: 100, name: 'app', unit: null, container: null },
      acceptQueue: 3,
      acceptQueueMax: 128,
    },
    {
      netns: 'host',
      address: '0.0.0.0',
      port: 80,
      process: { pid: 100, name: 'app', unit: null, container: null },
      acceptQueue: 0,
      acceptQueueMax: null,
    },
  ]);
  expect(ports).toMatchObject([{ remotePort: 5432, used: 1, usable: 28232 }]);
});

test('rates are increases a second, and unknown on the first pass', () => {
  const { pass } = watch(2);
  const counters = {
    'Tcp.ActiveOpens': 10,
    'sockstat.TCP.orphan': 3,
    'sockstat.TCP.mem': 7,
    'conntrack.count': 12,
  };
  const first = summarize(pass([], { counters }).view, ACCESS);
  expect(first.rates).toBeNull();
  expect(first.sockstat).toEqual({ orphans: 3, memoryPages: 7 });
  expect(first.conntrackEntries).toBe(12);
  const second = summarize(pass([], { counters: { 'Tcp.ActiveOpens': 16 } }).view, ACCESS);
  expect(second.rates).toMatchObject({ activeOpens: 3, passiveOpens: 0 });
  expect(second.sockstat).toBeNull();
  expect(second.conntrackEntries).toBeNull();
});
