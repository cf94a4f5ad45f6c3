import { describe, expect, test } from 'vitest';
import { OWNER_GAPS } from '../../server/model/snapshot.ts';
import { listen, process, watch, type Row } from './given.ts';

const waiting = (localPort: number, over: Row = {}): Row => ({ state: 'CLOSE_WAIT', localPort, ...over });

/** A connection that came in by our port 8080. */
const served = (remotePort: number, over: Row = {}): Row => ({
  localPort: 8080,
  remotePort,
  inode: over.state === 'TIME_WAIT' ? 0 : 5000 + remotePort,
  ...over,
});

describe('listeners', () => {
  test('a connection belongs to the listener of its port and address, the exact one first', () => {
    const { view } = watch().pass([
      listen(8080),
      listen(8080, { local: '10.0.0.2', inode: 2 }),
      served(1),
      served(2, { local: '10.9.9.9' }),
      { localPort: 8081 },
    ]);
    expect([...view.sockets.listener.subarray(0, 5)]).toEqual([-1, -1, 1, 0, -1]);
  });

  test(':: takes IPv4-mapped connections, 0.0.0.0 takes no IPv6', () => {
    const { view } = watch().pass([
      listen(1, { family: 6, local: '::', remote: '::' }),
      listen(2),
      { family: 6, localPort: 1 },
      { family: 6, localPort: 2, local: 'fe80::1', remote: 'fe80::2' },
    ]);
    expect([...view.sockets.listener.subarray(2, 4)]).toEqual([0, -1]);
  });

  test('of several on one port the one with the longest queue is named', () => {
    const { view } = watch().pass([
      listen(8080, { inode: 1 }),
      listen(8080, { inode: 2, recvQueueBytes: 9 }),
      listen(8080, { inode: 3, recvQueueBytes: 4 }),
      served(1, { inode: 0 }),
    ]);
    expect(view.sockets.listener[3]).toBe(1);
    expect(view.listeners[1]).toMatchObject({ acceptQueue: 9, acceptQueueMax: null });
  });
});

test('a row without an inode is in an accept queue, and its listener’s, if it may be and has one, else the kernel’s', () => {
  const { view } = watch().pass([
    listen(8080, { owner: 0 }),
    served(1, { inode: 0 }),
    served(2, { inode: 0, state: 'CLOSE_WAIT' }),
    served(3, { state: 'TIME_WAIT' }),
    { inode: 0, state: 'LAST_ACK' },
    { localPort: 9, ownerGap: 'permission' },
  ]);
  const gaps = [...view.sockets.ownerGap.subarray(0, 6)].map((gap) => OWNER_GAPS[gap]);
  expect(gaps).toEqual(['none', 'accept_queue', 'accept_queue', 'kernel', 'kernel', 'permission']);
  expect([...view.sockets.owner.subarray(0, 6)]).toEqual([0, 0, 0, -1, -1, -1]);
  const { holders } = view.sockets;
  expect([holders[1], holders[2], holders[3]]).toEqual([holders[0], holders[0], -1]);
});

test('whose a connection in an accept queue is stays pending as long as the process of its listener is', () => {
  const rows = [listen(8080, { ownerGap: 'pending' }), served(1, { inode: 0, state: 'CLOSE_WAIT' })];
  const { view } = watch().pass(rows);
  expect([...view.sockets.ownerGap.subarray(0, 2)].map((gap) => OWNER_GAPS[gap])).toEqual([
    'pending',
    'pending',
  ]);
  expect(view.closeWait).toEqual([]);
});

describe('CLOSE_WAIT', () => {
  test('is grouped by process, role and peer, the largest first', () => {
    const processes = [process(), process({ pid: 200 })];
    const { view } = watch().pass(
      [
        listen(8080, { owner: 1 }),
        waiting(1),
        waiting(2),
        waiting(3, { remotePort: 6379 }),
        waiting(4, { owner: 1 }),
        served(1, { state: 'CLOSE_WAIT', owner: 1 }),
        served(2, { state: 'CLOSE_WAIT', inode: 0 }),
        served(3, { state: 'CLOSE_WAIT', owner: 1 }),
      ],
      { processes },
    );
    const said = view.closeWait.map(({ owner, role, remoteAddress, servicePort, rows }) => [
      owner,
      role,
      `${remoteAddress}:${servicePort}`,
      rows,
    ]);
    expect(said).toEqual([
      [1, 'server', '10.0.0.1:8080', [5, 6, 7]],
      [0, 'client', '10.0.0.1:5432', [1, 2]],
      [0, 'client', '10.0.0.1:6379', [3]],
      [1, 'client', '10.0.0.1:5432', [4]],
    ]);
  });

  test('has totals over all peers of a process', () => {
    const { view } = watch().pass([
      waiting(1, { remote: '10.1.0.1' }),
      waiting(2, { remote: '10.1.0.2' }),
      waiting(3, { remote: '10.1.0.2' }),
    ]);
    expect(view.closeWaitTotals).toMatchObject([
      { role: 'client', remoteAddress: '*', servicePort: 0, peers: 2, rows: [0, 1, 2] },
    ]);
  });

  test('stays the server’s when the listener has closed', () => {
    const { pass } = watch();
    pass([listen(8080), served(1, { state: 'CLOSE_WAIT' })]);
    expect(pass([served(1, { state: 'CLOSE_WAIT' })]).view.closeWait).toMatchObject([
      { role: 'server', servicePort: 8080 },
    ]);
  });

  test('has a trend that a new process with the old pid does not inherit', () => {
    const { pass } = watch();
    const grow = (from: number, startTimeTicks: number) => {
      let trend;
      for (let n = from; n < from + 12; n++) {
        const rows = Array.from({ length: n }, (_, i) => waiting(i + 1));
        trend = pass(rows, { processes: [process({ startTimeTicks })] }).view.closeWait[0]?.trend;
      }
      return trend;
    };
    expect(grow(1, 1)).toMatchObject({ perSecond: 1 });
    expect(
      pass([waiting(1)], { processes: [process({ startTimeTicks: 2 })] }).view.closeWait[0]?.trend,
    ).toBeNull();
  });

  test('records no trend on incomplete tables', () => {
    const { pass } = watch();
    const rows = Array.from({ length: 10 }, (_, i) => waiting(i + 1));
    for (let i = 0; i < 12; i++) pass(rows);
    const trend = pass([waiting(1)], { complete: false }).view.closeWait[0]?.trend;
    expect(trend).toMatchObject({ perSecond: 0, samples: 12 });
  });

  test('lists at most 300 groups, whatever the number of peers', () => {
    const rows = Array.from({ length: 2000 }, (_, i) => waiting(1, { remote: `10.1.${i >> 8}.${i & 255}` }));
    const { view } = watch().pass([...rows, waiting(2, { remote: '10.1.0.7' })]);
    expect(view.closeWait).toHaveLength(300);
    expect(view.closeWait[0]?.remoteAddress).toBe('10.1.0.7');
    expect(view.closeWaitTotals[0]).toMatchObject({ peers: 2000 });
  });
});

describe('destinations', () => {
  test('count the ports inside the range that connections from one address to one destination take', () => {
    const { view } = watch().pass([
      { localPort: 40000 },
      { localPort: 40001, state: 'TIME_WAIT', timerExpiresMs: 20_000 },
      { localPort: 1024 },
      { localPort: 40002, remotePort: 443 },
      { localPort: 40003, local: '10.0.0.3' },
    ]);
    expect(view.destinations[0]).toEqual({
      localAddress: '10.0.0.2',
      remoteAddress: '10.0.0.1',
      remotePort: 5432,
      used: 2,
      established: 2,
      timeWait: 1,
      oldestTimeWaitSeconds: 40,
      trend: null,
    });
    expect(view.destinations).toHaveLength(3);
  });

  test('leave out what came in by a listener, which is counted as served', () => {
    const { view } = watch().pass([
      listen(8080, { local: '10.0.0.2' }),
      served(1, { state: 'TIME_WAIT', timerExpiresMs: 50_000 }),
      served(2, { state: 'TIME_WAIT', timerExpiresMs: 40_000 }),
      served(3),
    ]);
    expect(view.destinations).toEqual([]);
    expect(view.servedTimeWait).toEqual([
      { address: '10.0.0.2', port: 8080, owner: 0, count: 2, oldestTimeWaitSeconds: 20 },
    ]);
  });
});

test('a counter that went down was reset: its increase is 0', () => {
  const { pass } = watch();
  expect(pass([], { counters: { a: 5, b: 5 } }).view.counterDeltas).toEqual({});
  expect(pass([], { counters: { a: 7, b: 1, c: 9 } }).view.counterDeltas).toEqual({ a: 2, b: 0 });
});
