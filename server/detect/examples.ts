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

/** One look at each of what may be very many rows. */
function oldest(rows: readonly number[], ageSeconds: Float64Array): number[] {
  const found: number[] = [];
  for (const row of rows) {
    const youngest = found.at(-1);
    if (found.length === MAX_EXAMPLES && youngest !== undefined && ageSeconds[row]! <= ageSeconds[youngest]!)
      continue;
    const at = found.findIndex((other) => ageSeconds[row]! > ageSeconds[other]!);
    found.splice(at < 0 ? found.length : at, 0, row);
    if (found.length > MAX_EXAMPLES) found.pop();
  }
  return found;
}
