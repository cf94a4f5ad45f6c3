import type { SortKey } from '../model/api.ts';
import type { View } from '../model/snapshot.ts';
import { sortValue } from './order.ts';

/** Rows of one view, in the order of `orderBy`. */
export interface Sorted {
  readonly view: View;
  readonly rows: Int32Array;
}

export interface ViewRow {
  readonly view: View;
  readonly row: number;
}

/** The next row of one view, with what it is compared by. */
interface Head {
  readonly sorted: Sorted;
  readonly valueOf: (row: number) => number | string;
  next: number;
  value: number | string;
  id: number;
}

/**
 * The first `most` rows of several views, in the order that `orderBy` has within one. A heap of the views' next rows, so that
 * no row after the last one of the answer is looked at.
 */
export function mergeFirst(
  each: readonly Sorted[],
  sort: SortKey,
  descending: boolean,
  most: number,
): ViewRow[] {
  const heads = each.filter(({ rows }) => rows.length > 0).map((sorted) => headOf(sorted, sort));
  const isBefore = (a: Head, b: Head) =>
    a.value === b.value ? a.id < b.id : a.value < b.value !== descending;
  for (let at = (heads.length >> 1) - 1; at >= 0; at--) sink(heads, at, isBefore);
  const merged: ViewRow[] = [];
  while (merged.length < most && heads.length > 0) {
    const head = heads[0]!;
    merged.push({ view: head.sorted.view, row: head.sorted.rows[head.next]! });
    head.next++;
    if (head.next < head.sorted.rows.length) read(head);
    else {
      const last = heads.pop()!;
      if (heads.length > 0) heads[0] = last;
    }
    sink(heads, 0, isBefore);
  }
  return merged;
}

function headOf(sorted: Sorted, sort: SortKey): Head {
  return read({ sorted, valueOf: sortValue(sort, sorted.view), next: 0, value: 0, id: 0 });
}

function read(head: Head): Head {
  const { view, rows } = head.sorted;
  const row = rows[head.next]!;
  head.value = head.valueOf(row);
  head.id = view.sockets.id[row]!;
  return head;
}

function sink(heads: Head[], from: number, isBefore: (a: Head, b: Head) => boolean): void {
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heads.length) return;
    if (child + 1 < heads.length && isBefore(heads[child + 1]!, heads[child]!)) child++;
    if (!isBefore(heads[child]!, heads[at]!)) return;
    [heads[at], heads[child]] = [heads[child]!, heads[at]!];
    at = child;
  }
}
