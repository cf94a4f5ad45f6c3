import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SORT_KEYS } from '../../server/model/api.ts';
import type { View } from '../../server/model/snapshot.ts';
import { STATES } from '../../server/model/state.ts';
import { mergeFirst, type ViewRow } from '../../server/track/merge.ts';
import { orderBy, sortValue } from '../../server/track/order.ts';
import { process, watch, type Row } from './given.ts';

const PROCESSES = [process(), process({ pid: 7, name: 'db' }), process({ pid: 8, name: '' })];

const row: fc.Arbitrary<Row> = fc.record({
  state: fc.constantFrom(...STATES),
  local: fc.constantFrom('10.0.0.2', '10.0.0.10', '9.0.0.1'),
  localPort: fc.integer({ min: 1, max: 60_000 }),
  recvQueueBytes: fc.integer({ min: 0, max: 3 }),
  owner: fc.constantFrom(0, 1, 2, -1),
});

/** Deals the rows out to namespaces whose trackers share their ids. */
function dealt(rows: readonly Row[], namespaces: number): View[] {
  const ids = { last: 0 };
  return Array.from({ length: namespaces }, (_, n) => {
    const own = rows.filter((_, at) => at % namespaces === n);
    return watch(1, `ns${n}`, ids).pass(own, { processes: PROCESSES }).view;
  });
}

const sortedOf = (view: View, sort: (typeof SORT_KEYS)[number], descending: boolean) => ({
  view,
  rows: Int32Array.from({ length: view.sockets.table.count }, (_, at) => at).sort(
    orderBy(sort, descending, view),
  ),
});

test('views are merged in the order that sorting all of their rows gives', () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(...SORT_KEYS),
      fc.boolean(),
      fc.integer({ min: 0, max: 50 }),
      (rows, namespaces, sort, descending, most) => {
        const views = dealt(rows, namespaces);
        const all = views.flatMap((view): ViewRow[] =>
          Array.from({ length: view.sockets.table.count }, (_, at) => ({ view, row: at })),
        );
        const idOf = ({ view, row }: ViewRow) => view.sockets.id[row]!;
        const valueOf = ({ view, row }: ViewRow) => sortValue(sort, view)(row);
        all.sort((a, b) => {
          const [x, y] = [valueOf(a), valueOf(b)];
          if (x === y) return idOf(a) - idOf(b);
          return x < y === descending ? 1 : -1;
        });
        const each = views.map((view) => sortedOf(view, sort, descending));
        expect(mergeFirst(each, sort, descending, most).map(idOf)).toEqual(all.slice(0, most).map(idOf));
      },
    ),
  );
});

test('of each view no more rows are looked at than the answer has, and one', () => {
  const looked: number[] = [];
  const rows = Array.from({ length: 1000 }, (_, n): Row => ({ localPort: n + 1 }));
  const each = dealt(rows, 2)
    .map((view) => sortedOf(view, 'recvq', false))
    .map((sorted, n) => ({
      ...sorted,
      rows: new Proxy(sorted.rows, {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) looked[n] = (looked[n] ?? 0) + 1;
          return Reflect.get(target, name, target) as unknown;
        },
      }),
    }));
  expect(mergeFirst(each, 'recvq', false, 10)).toHaveLength(10);
  expect(looked.reduce((sum, times) => sum + times)).toBeLessThan(50);
});
