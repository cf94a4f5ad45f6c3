import { describe, expect, test } from 'vitest';
import { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { Destinations } from '../../server/track/destinations.ts';
import { Identity } from '../../server/track/identity.ts';
import { Listeners } from '../../server/track/listeners.ts';
import { PeerGroups } from '../../server/track/peer-groups.ts';

/** Bytes of all typed arrays within. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + bytesOf(part), 0);
}

/** Established connections of 127.0.0.1 with these cookies, the port of each counting up. */
function tableOf(
  cookies: readonly number[],
  remotePort: (cookie: number) => number = () => 5432,
): SocketTable {
  const table = new SocketTable(cookies.length);
  table.count = cookies.length;
  for (const [row, cookie] of cookies.entries()) {
    table.family[row] = 4;
    table.state[row] = KERNEL_STATE.ESTABLISHED;
    table.localAddress.set([0, 0, 0xffff, 0x7f000001], row * 4);
    table.remoteAddress.set([0, 0, 0xffff, 0x7f000001], row * 4);
    table.localPort[row] = 1024 + (cookie % 60_000);
    table.remotePort[row] = remotePort(cookie);
    table.cookie[row] = cookie;
    table.inode[row] = cookie;
  }
  return table;
}

const sight = { monotonicSeconds: 1, complete: true, followsClosely: true };

describe('memory', () => {
  test('of a network namespace without sockets is a few kilobytes, since there may be hundreds', () => {
    const parts = [new SocketTable(), new Identity({ last: 0 }), new Listeners(), new PeerGroups()];
    const bytes = bytesOf([...parts, new SocketTable(), new Destinations()]);
    expect(bytes).toBeLessThan(30_000);
  });

  test('of a socket is bounded', () => {
    const identity = new Identity({ last: 0 });
    const table = tableOf(Array.from({ length: 300_000 }, (_, i) => i + 1));
    identity.update(table, sight);
    expect(bytesOf(table) / table.count).toBeLessThan(70);
    expect(bytesOf(identity) / table.count).toBeLessThan(160);
  });

  test('does not grow while sockets come and go, however many', () => {
    const identity = new Identity({ last: 0 });
    const pass = (first: number) =>
      identity.update(tableOf(Array.from({ length: 1000 }, (_, i) => first + i)), sight);
    for (let cycle = 0; cycle < 5; cycle++) pass(1 + cycle * 1000);
    const bytes = bytesOf(identity);
    for (let cycle = 5; cycle < 200; cycle++) pass(1 + cycle * 1000);
    expect(bytesOf(identity)).toBe(bytes);
  });

  test('of destinations follows those that there are, not those that there have been', () => {
    const destinations = new Destinations();
    const pass = (first: number) => {
      destinations.begin();
      const identity = new Identity({ last: 0 });
      const table = tableOf(
        Array.from({ length: 100 }, (_, i) => first + i),
        (cookie) => 1 + (cookie % 65_000),
      );
      identity.update(table, sight);
      const { entry, connections } = identity;
      for (let row = 0; row < table.count; row++) {
        connections.destination[entry[row]!] = destinations.numberOf(table, row);
      }
      const rows = new Int32Array(table.count).fill(-1);
      const seen = destinations.list(
        {
          table,
          rowsIn: () => new Int32Array(0),
          ageSeconds: identity.ageSeconds,
          owner: rows,
          ownerGap: new Uint8Array(table.count),
          listener: rows,
          processes: [],
          listeners: new Listeners(),
          entry,
          connections,
          monotonicSeconds: first,
          complete: true,
        },
        null,
      );
      expect(seen).toHaveLength(100);
    };
    for (let cycle = 0; cycle < 20; cycle++) pass(1 + cycle * 100);
    const bytes = bytesOf(destinations);
    for (let cycle = 20; cycle < 300; cycle++) pass(1 + cycle * 100);
    expect(bytesOf(destinations)).toBe(bytes);
  });
});
