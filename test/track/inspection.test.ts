import { expect, test } from 'vitest';
import type { SocketTable } from '../../server/model/socket-table.ts';
import { told, watch, type Row } from './given.ts';

const quiet = (n: number): Row[] => Array.from({ length: n }, (_, i) => ({ localPort: 10_000 + i }));

/** Remembers which local ports were asked about. */
function asking(over: Parameters<typeof told>[0] = {}) {
  const ports: number[] = [];
  const inspect = (table: SocketTable, row: number) => {
    ports.push(table.localPort[row]!);
    return told(over);
  };
  return { ports, inspect };
}

test('of many stalls the longest are asked about, of many quiet connections some, and all in turn', () => {
  const { pass } = watch(1);
  const blocked = (i: number): Row => ({ localPort: 30_000 + i, timer: 'probe', sendQueueBytes: 5 });
  pass([...Array.from({ length: 50 }, (_, i) => blocked(i)), ...quiet(120)]);
  const rows = [...Array.from({ length: 300 }, (_, i) => blocked(299 - i)), ...quiet(120)];
  const first = asking({ lastDataReceivedSeconds: 5 });
  pass(rows, { inspect: first.inspect });
  const stalled = first.ports.filter((port) => port >= 30_000);
  expect(stalled).toHaveLength(100);
  expect(stalled).toEqual(expect.arrayContaining(Array.from({ length: 50 }, (_, i) => 30_000 + i)));
  const asked = new Set(first.ports);
  for (let i = 0; i < 2; i++) {
    const next = asking({ lastDataReceivedSeconds: 5 });
    pass(rows, { inspect: next.inspect });
    expect(next.ports.length).toBeLessThanOrEqual(200);
    for (const port of next.ports) asked.add(port);
  }
  expect([...asked].filter((port) => port < 30_000)).toHaveLength(120);
});

test('what is long silent is remembered, asked again now and then, and grows older meanwhile', () => {
  const { pass } = watch(1);
  const rows = quiet(100);
  for (let i = 0; i < 3; i++) pass(rows, { inspect: asking().inspect });
  const last = asking();
  const { inspected } = pass(rows, { inspect: last.inspect }).view;
  expect(last.ports).toHaveLength(50);
  expect(inspected.size).toBe(100);
  const ages = [...inspected.values()].map(({ lastDataReceivedSeconds }) => lastDataReceivedSeconds);
  expect(new Set(ages)).toEqual(new Set([3600, 3601]));
});

test('a connection in which something moves is forgotten', () => {
  const { pass } = watch(1);
  pass(quiet(2), { inspect: asking().inspect });
  const { inspected } = pass([{ localPort: 10_000, sendQueueBytes: 5 }, { localPort: 10_001 }], {
    inspect: asking().inspect,
  }).view;
  expect([...inspected.keys()]).toEqual([1]);
});

test('nothing is asked where the source cannot tell, of a pass that is not whole, of young or watched connections', () => {
  const { pass } = watch(1);
  expect(pass(quiet(3)).view.inspected.size).toBe(0);
  const { ports, inspect } = asking();
  pass(quiet(3), { inspect, complete: false });
  pass([{ timer: 'keepalive' }, { inode: 0, localPort: 5 }, { state: 'FIN_WAIT1', localPort: 6 }], {
    inspect,
  });
  expect(ports).toEqual([]);
});

test('a socket that is gone meanwhile is left out', () => {
  const { pass } = watch(1);
  expect(pass(quiet(3), { inspect: () => null }).view.inspected.size).toBe(0);
});
