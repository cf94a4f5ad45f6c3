import { formatEndpoint } from '../model/address.ts';
import type { Consideration, Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import {
  TIME_WAIT_SECONDS,
  usablePorts,
  type Destination,
  type ServedTimeWait,
  type View,
} from '../model/snapshot.ts';
import { TIMER } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector, Stands } from '../model/units.ts';
import { belowLimit, nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { bracketed, destinationLabels, isMostlyTimeWait, rowsTo } from './destination.ts';
import { exhaustion, perMinute } from './growth.ts';
import { held } from './hold.ts';

type Options = DetectorOptions['time_wait_buildup'];

/** What one TIME_WAIT costs the kernel: a struct tcp_timewait_sock, depending on the kernel's version and its rounding. */
const BYTES_EACH = { least: 168, most: 256 };

/**
 * TIME_WAIT where it matters: a client that runs out of ports to one destination, and the table's own limit. On the serving
 * side, where it does not, a large number of them is explained.
 */
export const timeWaitBuildup: Detector<'time_wait_buildup'> = {
  name: 'time_wait_buildup',
  defaults: defaultsFor('time_wait_buildup'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    return {
      detections: [
        ...clientPorts(view, options, stands),
        ...tableFull(view, options, stands),
        ...servingSide(view, options),
      ],
      considered: [...roomyDestinations(view, options), ...servedQuietly(view, options)],
    };
  },
};

function clientPorts(view: View, options: Options, stands: Stands): Detection[] {
  const usable = usablePorts(view.limits);
  if (usable === null) return [];
  return view.destinations
    .filter(({ used, timeWait, ...to }) => {
      const standing = stands(destinationLabels(to));
      // Where about half is open the two detectors would take turns: what stands keeps a little.
      const isMostly = isMostlyTimeWait({ used: held(used, standing), timeWait });
      return isMostly && used >= held(options.warnRatio, standing) * usable;
    })
    .map((destination) => clientPort(view, options, destination, usable));
}

function roomyDestinations(view: View, { warnRatio }: Options): Consideration[] {
  const usable = usablePorts(view.limits);
  if (usable === null) return [];
  const roomy = view.destinations.filter(({ timeWait, used }) => timeWait > 0 && used < warnRatio * usable);
  return nearest(
    roomy.map(({ used, timeWait, ...to }) =>
      belowLimit(destinationLabels(to), used / usable, warnRatio, { count: timeWait, state: 'TIME_WAIT' }),
    ),
  );
}

function servedQuietly(view: View, { explainCount }: Options): Consideration[] {
  const quiet = view.servedTimeWait.filter(({ count }) => count < explainCount);
  return nearest(
    quiet.map(({ address, port, count }) => ({
      reason: 'harmless',
      labels: { role: 'server', local: address, port: String(port) },
      measure: 'sockets',
      value: count,
      threshold: null,
      count,
      state: 'TIME_WAIT',
    })),
  );
}

function clientPort(view: View, options: Options, destination: Destination, usable: number): Detection {
  const { localAddress, remoteAddress, remotePort, used, timeWait, established, trend } = destination;
  const { oldestTimeWaitSeconds } = destination;
  // Each connection that ended since is there for as long as the oldest has been.
  const connectionsPerSecond = timeWait / Math.max(1, oldestTimeWaitSeconds);
  // TIME_WAIT ends by itself: at a steady rate the ports fill for a minute and then no further.
  const fills = established + connectionsPerSecond * TIME_WAIT_SECONDS >= usable;
  const forecast = fills ? exhaustion('ports', used, usable, [trend]) : undefined;
  const peer = formatEndpoint(remoteAddress, remotePort);
  return {
    severity: used >= options.criticalRatio * usable ? 'critical' : 'warning',
    cause: 'client_ports',
    labels: destinationLabels(destination),
    count: timeWait,
    oldestAgeSeconds: oldestTimeWaitSeconds,
    ageExact: true,
    evidence: {
      portsUsed: used,
      portsUsable: usable,
      usedRatio: used / usable,
      timeWait,
      established,
      connectionsPerSecond,
      growthPerMinute: perMinute(trend),
      growthWindowSeconds: trend?.windowSeconds ?? null,
      timeWaitReuse: view.limits.timeWaitReuse,
    },
    ...(forecast && { forecast }),
    certainty: 'certain',
    rows: rowsTo(view, destination).filter((row) => view.sockets.table.state[row] === KERNEL_STATE.TIME_WAIT),
    filter: `state time-wait and src ${bracketed(localAddress)} and dst ${peer}`,
  };
}

function tableFull(view: View, options: Options, stands: Stands): Detection[] {
  const { table, ageSeconds } = view.sockets;
  const { maxTimeWait } = view.limits;
  // FIN_WAIT2 mini-sockets stand in the same table, and have the same timer.
  let count = 0;
  let oldestAgeSeconds = 0;
  for (const rows of [view.rowsIn('TIME_WAIT'), view.rowsIn('FIN_WAIT2')]) {
    for (const row of rows) {
      if (table.timer[row] !== TIMER.time_wait) continue;
      count++;
      oldestAgeSeconds = Math.max(oldestAgeSeconds, ageSeconds[row]!);
    }
  }
  const overflows = view.counterDeltas['TcpExt.TCPTimeWaitOverflow'] ?? 0;
  const labels = { limit: 'tcp_max_tw_buckets' };
  const ratio = held(options.tableRatio, stands(labels));
  const nearlyFull = maxTimeWait !== null && count >= Math.max(1, ratio * maxTimeWait);
  if (overflows === 0 && !nearlyFull) return [];
  return [
    {
      severity: overflows > 0 ? 'critical' : 'warning',
      cause: 'table_full',
      labels,
      count,
      oldestAgeSeconds,
      ageExact: true,
      evidence: {
        timeWait: count,
        maxTimeWait,
        usedRatio: maxTimeWait === null ? null : count / Math.max(1, maxTimeWait),
        overflowPerSecond: view.elapsedSeconds > 0 ? overflows / view.elapsedSeconds : null,
      },
      certainty: 'certain',
      rows: [],
      filter: 'state time-wait',
    },
  ];
}

function servingSide(view: View, options: Options): Detection[] {
  return view.servedTimeWait
    .filter(({ count }) => count >= options.explainCount)
    .map((served) => explained(view, served));
}

function explained(
  view: View,
  { address, port, owner, count, oldestTimeWaitSeconds }: ServedTimeWait,
): Detection {
  const process = view.processes[owner];
  const anyAddress = address === '0.0.0.0' || address === '::';
  return {
    severity: 'info',
    cause: 'serving_side',
    labels: { role: 'server', local: address, port: String(port) },
    count,
    oldestAgeSeconds: oldestTimeWaitSeconds,
    ageExact: true,
    evidence: {
      timeWait: count,
      bytesAtLeast: count * BYTES_EACH.least,
      bytesAtMost: count * BYTES_EACH.most,
      // Not labels: TIME_WAIT belongs to no process, and stays when the listener's changes.
      process: process?.name ?? null,
      pid: process?.pid ?? null,
    },
    certainty: 'certain',
    rows: [],
    filter: `state time-wait and ${anyAddress ? '' : `src ${bracketed(address)} and `}sport = :${port}`,
  };
}
