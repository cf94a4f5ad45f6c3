import { MAX_ROWS, type SocketsAnswer } from '../model/api.ts';
import type { SocketsQuery } from '../model/ipc.ts';
import type { View } from '../model/snapshot.ts';
import { SocketTable } from '../model/socket-table.ts';
import { mergeFirst, type Sorted, type ViewRow } from './merge.ts';
import { orderBy } from './order.ts';
import { matching } from './predicate.ts';
import { selectFirst } from './select.ts';
import { socketRow } from './socket-row.ts';

/** A page of rows, whose `tcpInfo` is still to be asked for. */
export interface SocketsPage {
  readonly answer: SocketsAnswer;
  /** The sockets of the page by namespace, in tables of their own: the views may change while the kernel is asked. */
  readonly bySource: readonly PageSockets[];
}

/** Row n of `table` is `answer.rows[index[n]]`. */
interface PageSockets {
  readonly namespace: string;
  readonly table: SocketTable;
  readonly index: readonly number[];
}

/**
 * A page of the rows that match, over all views. `at`: the pass's wall clock, milliseconds since 1970. `nextCursor` is the
 * offset of the next page as decimal text. Equal rows stand in the order of their ids, so pages neither overlap nor skip as
 * long as the views do not change.
 */
export function querySockets(views: readonly View[], query: SocketsQuery, at: number): SocketsPage {
  const offset = Math.max(0, query.offset);
  const end = offset + Math.min(Math.max(0, query.limit), MAX_ROWS);
  const { total, rows: first } = firstRows(views, query, end);
  const page = viewRows(first).slice(offset, end);
  return {
    answer: {
      at: new Date(at).toISOString(),
      total,
      rows: page.map(({ view, row }) => socketRow(view, row)),
      nextCursor: end < total && end > offset ? String(end) : null,
    },
    bySource: views.map((view) => socketsOf(view, page)).filter(({ index }) => index.length > 0),
  };
}

/** The first `most` of the rows that match, in the order asked for; where all are of one view, without an object for each. */
export function firstRows(
  views: readonly View[],
  { filter, sort, descending }: Pick<SocketsQuery, 'filter' | 'sort' | 'descending'>,
  most: number,
): { total: number; rows: Sorted | ViewRow[] } {
  let total = 0;
  const each = views.map((view): Sorted => {
    const rows = matching(view, filter);
    total += rows.length;
    return { view, rows: selectFirst(rows, most, orderBy(sort, descending, view)) };
  });
  if (each.length === 1) return { total, rows: each[0]! };
  return { total, rows: mergeFirst(each, sort, descending, most) };
}

function viewRows(rows: Sorted | ViewRow[]): ViewRow[] {
  return Array.isArray(rows) ? rows : Array.from(rows.rows, (row) => ({ view: rows.view, row }));
}

function socketsOf(view: View, page: readonly ViewRow[]): PageSockets {
  const index = [...page.keys()].filter((i) => page[i]!.view === view);
  const table = new SocketTable(index.length);
  for (const [to, i] of index.entries()) table.copyRow(page[i]!.row, to, view.sockets.table);
  table.count = index.length;
  return { namespace: view.namespace, table, index };
}
