import type { Process, View } from '../model/snapshot.ts';

export interface LargestHolder {
  readonly process: Process;
  /** How many of the rows, or how much of their weights, are its own. */
  readonly amount: number;
}

/** The process that holds most of these sockets, each counted as `weight` says; undefined where none is known. */
export function largestHolder(
  { sockets, processes }: View,
  rows: Iterable<number>,
  weight: (row: number) => number = () => 1,
): LargestHolder | undefined {
  const amounts = new Map<number, number>();
  // Mostly one after the other is the same one's.
  let last = -1;
  let amountOfLast = 0;
  const add = () => {
    if (last >= 0) amounts.set(last, (amounts.get(last) ?? 0) + amountOfLast);
  };
  for (const row of rows) {
    const owner = sockets.owner[row]!;
    if (owner !== last) {
      add();
      last = owner;
      amountOfLast = 0;
    }
    amountOfLast += weight(row);
  }
  add();
  let largest: LargestHolder | undefined;
  for (const [owner, amount] of amounts) {
    const process = processes[owner];
    if (process && amount > (largest?.amount ?? 0)) largest = { process, amount };
  }
  return largest;
}
