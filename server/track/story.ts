import type { StateEntered } from '../model/api.ts';
import { parseFilter } from '../model/filter-parser.ts';
import type { Finding } from '../model/finding.ts';
import type { View } from '../model/snapshot.ts';
import { SocketTable } from '../model/socket-table.ts';
import { stateOfKernel } from '../model/state.ts';
import { predicateOf } from './predicate.ts';
import type { ViewRow } from './merge.ts';

/** Where the socket of an id, in base 36, is; null where none of the views has it. */
export function findSocket(views: readonly View[], id: string): ViewRow | null {
  const wanted = Number.parseInt(id, 36);
  for (const view of views) {
    const { count } = view.sockets.table;
    const row = view.sockets.id.subarray(0, count).indexOf(wanted);
    if (row >= 0) return { view, row };
  }
  return null;
}

/** The states of a socket up to its present one. `at`: the pass's wall clock, milliseconds since 1970. */
export function statesOf({ view, row }: ViewRow, at: number): StateEntered[] {
  const { table, id, ageSeconds, ageExact } = view.sockets;
  const now = view.monotonicSeconds;
  const present = {
    state: table.state[row]!,
    sinceSeconds: now - ageSeconds[row]!,
    exact: ageExact[row] === 1,
  };
  return [...view.statesBefore(id[row]!), present].map(({ state, sinceSeconds, exact }) => ({
    state: stateOfKernel(state) ?? 'CLOSE',
    enteredAt: new Date(at - (now - sinceSeconds) * 1000).toISOString(),
    exact,
  }));
}

/** Fingerprints of the findings whose filter lets the socket through. */
export function findingsOf({ view, row }: ViewRow, findings: readonly Finding[]): string[] {
  return findings
    .filter(({ filter }) => filter !== '' && predicateOf(parseFilter(filter), view)(row))
    .map(({ fingerprint }) => fingerprint);
}

/** The one row in a table of its own: the view may change while the kernel is asked. */
export function tableOfOne({ view, row }: ViewRow): SocketTable {
  const table = new SocketTable(1);
  table.copyRow(row, 0, view.sockets.table);
  table.count = 1;
  return table;
}
