import { OWN_NAMESPACE, type View } from '../model/snapshot.ts';
import { isListening } from '../model/socket-table.ts';
import type { Detector } from '../model/units.ts';
import { belowLimit } from './considered.ts';
import { recently } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { largestHolder } from './holder.ts';

/** So many of the longest queues are among the evidence. */
const MOST_ROWS = 10;

/**
 * The memory of all TCP buffers against tcp_mem. Above its second number the kernel shrinks windows and buffers, until it is
 * below the first; above the third it refuses memory, drops segments and ends connections. The thresholds are the kernel's
 * own. Source: __sk_mem_raise_allocated() in net/core/sock.c.
 *
 * Both are of the whole host, so that only the observer's own namespace speaks of them.
 */
export const tcpMemoryPressure: Detector<'tcp_memory_pressure'> = {
  name: 'tcp_memory_pressure',
  defaults: defaultsFor('tcp_memory_pressure'),
  settleSeconds: () => 0,
  detect(view, _, stands) {
    const pages = view.counters['sockstat.TCP.mem'];
    const limits = view.limits.memoryPages;
    if (view.namespace !== OWN_NAMESPACE || pages === undefined || limits === null) {
      return { detections: [], considered: [] };
    }
    const labels = { limit: 'tcp_mem' };
    // As the kernel: pressure begins above one number and ends below another.
    const threshold = stands(labels) ? limits.low : limits.pressure;
    if (pages <= threshold) {
      const value = pages / Math.max(1, limits.pressure);
      return { detections: [], considered: [belowLimit(labels, value, 1)] };
    }
    const abortsOnMemory = recently(view, 'TcpExt.TCPAbortOnMemory');
    const exhausted = pages > limits.high || abortsOnMemory > 0;
    const { rows, queuedBytes, holder } = queues(view);
    return {
      detections: [
        {
          severity: exhausted ? 'critical' : 'warning',
          cause: exhausted ? 'exhausted' : 'pressure',
          labels,
          count: Math.max(1, view.counters['sockstat.TCP.inuse'] ?? 0),
          oldestAgeSeconds: 0,
          ageExact: false,
          evidence: {
            memoryPages: pages,
            memoryLowPages: limits.low,
            memoryPressurePages: limits.pressure,
            memoryHighPages: limits.high,
            usedRatio: pages / Math.max(1, limits.high),
            abortsOnMemory,
            windowSeconds: view.recent.seconds,
            queuedBytes,
            ...(holder && {
              process: holder.process.name,
              pid: holder.process.pid,
              processQueuedBytes: holder.amount,
            }),
          },
          certainty: 'certain',
          rows,
          filter: 'exclude listening and (recvq > 0 or sendq > 0)',
        },
      ],
      considered: [],
    };
  },
};

/** What waits in the queues of this namespace: the longest, all together, and who has most of it. */
function queues(view: View) {
  const { table } = view.sockets;
  const bytesOf = (row: number) => table.recvQueueBytes[row]! + table.sendQueueBytes[row]!;
  const queued: number[] = [];
  let queuedBytes = 0;
  for (let row = 0; row < table.count; row++) {
    if (isListening(table, row) || bytesOf(row) === 0) continue;
    queued.push(row);
    queuedBytes += bytesOf(row);
  }
  const holder = largestHolder(view, queued, bytesOf);
  const rows = queued.sort((a, b) => bytesOf(b) - bytesOf(a)).slice(0, MOST_ROWS);
  return { rows, queuedBytes, holder };
}
