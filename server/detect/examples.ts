import { formatAddress } from '../model/address.ts';
import { MAX_EXAMPLES, type Example } from '../model/finding.ts';
import type { View } from '../model/snapshot.ts';
import { stateOfKernel } from '../model/state.ts';

/** Some of the sockets that a finding is about, the oldest first. */
export function examplesOf({ sockets }: View, rows: readonly number[]): Example[] {
  const { table, id, ageSeconds, ageExact } = sockets;
  return oldest(rows, ageSeconds).map((row) => ({
    id: id[row]!.toString(36),
    state: stateOfKernel(table.state[row]!) ?? 'CLOSE',
    local: { address: formatAddress(table.localAddress, row * 4), port: table.localPort[row]! },
    remote: { address: formatAddress(table.remoteAddress, row * 4), port: table.remotePort[row]! },
    ageSeconds: ageSeconds[row]!,
    ageExact: ageExact[row] === 1,
    recvQueueBytes: table.recvQueueBytes[row]!,
    sendQueueBytes: table.sendQueueBytes[row]!,
  }));
}

function oldest(rows: readonly number[], ageSeconds: Float64Array): readonly number[] {
  const found = new OldestRows(ageSeconds);
  for (const row of rows) found.add(row);
  return found.rows;
}

/** Of what may be very many rows, as many of the oldest as a finding has examples; the oldest first. */
export class OldestRows {
  readonly rows: number[] = [];
  private readonly ageSeconds: Float64Array;
  /** What is younger, or no older, is none of them. */
  private leastSeconds = -Infinity;

  constructor(ageSeconds: Float64Array) {
    this.ageSeconds = ageSeconds;
  }

  add(row: number): void {
    const { rows, ageSeconds } = this;
    const age = ageSeconds[row]!;
    if (age <= this.leastSeconds) return;
    const at = rows.findIndex((other) => age > ageSeconds[other]!);
    rows.splice(at < 0 ? rows.length : at, 0, row);
    if (rows.length > MAX_EXAMPLES) rows.pop();
    if (rows.length === MAX_EXAMPLES) this.leastSeconds = ageSeconds[rows[MAX_EXAMPLES - 1]!]!;
  }
}
