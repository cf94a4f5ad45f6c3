import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readCounters } from '../../server/collect/counters.ts';
import { sockDiag } from '../../server/collect/sock-diag.ts';
import { SocketTable } from '../../server/model/socket-table.ts';
import { KERNEL_STATE } from '../../server/model/state.ts';
import { countWithoutEstablished } from '../../server/track/counts.ts';
import { CAPTURED_DUMP, scripted } from '../collect/netlink.ts';

const CAPTURED = fileURLToPath(new URL('../fixtures/proc/sock_diag', import.meta.url));
const { counters } = readCounters(CAPTURED);

/** The captured sockets, all of them or without those in ESTABLISHED. */
async function captured(withEstablished: boolean): Promise<SocketTable> {
  const { table } = await sockDiag(scripted([CAPTURED_DUMP])).read(new AbortController().signal);
  if (withEstablished) return table;
  const rest = new SocketTable(table.count);
  for (let row = 0; row < table.count; row++) {
    if (table.state[row] === KERNEL_STATE.ESTABLISHED) continue;
    table.copyRow(row, row);
    for (const key of ['family', 'state', 'timer'] as const) rest[key][rest.count] = table[key][row]!;
    rest.count++;
  }
  return rest;
}

test("counts are those of the whole table, with ESTABLISHED from the kernel's counters, in both families", async () => {
  const all = await captured(true);
  const count = (family: number, state: number) =>
    Array.from({ length: all.count }, (_, row) => row).filter(
      (row) => all.family[row] === family && all.state[row] === state,
    ).length;
  const counts = countWithoutEstablished(
    { table: await captured(false), counters, monotonicSeconds: 0 },
    null,
  );
  const { ipv4, ipv6 } = counts!.sockets.byStateFamily;
  for (const [state, number] of Object.entries(KERNEL_STATE)) {
    expect([state, ipv4[state as keyof typeof KERNEL_STATE]]).toEqual([state, count(4, number)]);
    expect([state, ipv6[state as keyof typeof KERNEL_STATE]]).toEqual([state, count(6, number)]);
  }
  expect(counts!.sockets.total).toBe(all.count);
  expect(counts!.sockets.byState.ESTABLISHED).toBeGreaterThan(5);
});

test('rates are those since the pass before', async () => {
  const table = await captured(false);
  const before = { counters: { 'Tcp.ActiveOpens': 10 }, monotonicSeconds: 100 };
  const now = { table, counters: { 'Tcp.CurrEstab': 9, 'Tcp.ActiveOpens': 30 }, monotonicSeconds: 110 };
  expect(countWithoutEstablished(now, before)!.rates).toMatchObject({ activeOpens: 2, passiveOpens: 0 });
  expect(countWithoutEstablished(now, null)!.rates).toBeNull();
});

test('counters that lag behind the table make no count negative', async () => {
  const input = { table: await captured(false), counters: { 'Tcp.CurrEstab': 0 }, monotonicSeconds: 0 };
  const { byStateFamily } = countWithoutEstablished(input, null)!.sockets;
  expect([byStateFamily.ipv4.ESTABLISHED, byStateFamily.ipv6.ESTABLISHED]).toEqual([0, 0]);
});

test('without the counter nothing is said', async () => {
  const input = { table: await captured(false), counters: {}, monotonicSeconds: 0 };
  expect(countWithoutEstablished(input, null)).toBeNull();
});
