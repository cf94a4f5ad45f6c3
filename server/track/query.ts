import { MAX_ROWS, type SocketsAnswer } from '../model/api.ts';
import type { SocketsQuery } from '../model/ipc.ts';
import type { View } from '../model/snapshot.ts';
import { SocketTable } from '../model/socket-table.ts';
import { orderAcross, orderBy, type ViewRow } from './order.ts';
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
  let total = 0;
  const first = views.map((view) => {
    const rows = matching(view, query.filter);
    total += rows.length;
    return { view, rows: selectFirst(rows, end, orderBy(query.sort, query.descending, view)) };
  });
  const page = merged(first, query).slice(offset, end);
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

interface Sorted {
  readonly view: View;
  readonly rows: Int32Array;
}

/** One order out of that of each view. */
function merged(sorted: readonly Sorted[], { sort, descending }: SocketsQuery): ViewRow[] {
  const all = sorted.flatMap(({ view, rows }) => Array.from(rows, (row) => ({ view, row })));
  return sorted.length === 1 ? all : all.sort(orderAcross(sort, descending));
}

function socketsOf(view: View, page: readonly ViewRow[]): PageSockets {
  const index = [...page.keys()].filter((i) => page[i]!.view === view);
  const table = new SocketTable(index.length);
  for (const [to, i] of index.entries()) table.copyRow(page[i]!.row, to, view.sockets.table);
  table.count = index.length;
  return { namespace: view.namespace, table, index };
}
