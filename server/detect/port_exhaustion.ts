import { formatAddress, formatEndpoint } from '../model/address.ts';
import type { Consideration, Detection, Severity } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import { usablePorts, type Destination, type View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector, Stands } from '../model/units.ts';
import { belowLimit, nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { bracketed, destinationLabels, isMostlyTimeWait, rowsTo } from './destination.ts';
import { exhaustion, growsBy, perMinute } from './growth.ts';
import { held } from './hold.ts';
import { largestHolder } from './holder.ts';

type Options = DetectorOptions['port_exhaustion'];

/**
 * Local ports that run out although they are not in TIME_WAIT (that is time_wait_buildup): one destination takes them by
 * connections that stay open, or sockets that called bind() and never connected take them from every destination.
 * `bound_only` is seen by sock_diag alone: no file of /proc lists such sockets.
 */
export const portExhaustion: Detector<'port_exhaustion'> = {
  name: 'port_exhaustion',
  defaults: defaultsFor('port_exhaustion'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    const usable = usablePorts(view.limits);
    if (usable === null) return { detections: [], considered: [] };
    const open = heldOpen(view, options, usable, stands);
    const bound = boundOnly(view, options, usable, stands);
    return {
      detections: [...open.detections, ...bound.detections],
      considered: [...open.considered, ...bound.considered],
    };
  },
};

interface Judged {
  readonly detections: Detection[];
  readonly considered: Consideration[];
}

function heldOpen(view: View, options: Options, usable: number, stands: Stands): Judged {
  const detections: Detection[] = [];
  const considered: Consideration[] = [];
  for (const destination of view.destinations) {
    const { used, timeWait } = destination;
    const labels = destinationLabels(destination);
    const standing = stands(labels);
    if (isMostlyTimeWait({ used, timeWait: held(timeWait, standing) })) continue;
    if (used >= held(options.warnRatio, standing) * usable) {
      detections.push(destinationFull(view, options, destination, usable));
    } else {
      considered.push(belowLimit(labels, used / usable, options.warnRatio, { count: used }));
    }
  }
  return { detections, considered: nearest(considered) };
}

function destinationFull(view: View, options: Options, destination: Destination, usable: number): Detection {
  const { localAddress, remoteAddress, remotePort, used, timeWait, established, trend } = destination;
  const { table, ageSeconds, ageExact } = view.sockets;
  const rows = rowsTo(view, destination).filter((row) => table.state[row] !== KERNEL_STATE.TIME_WAIT);
  const oldest = oldestOf(rows, ageSeconds);
  const closeWait = rows.filter((row) => table.state[row] === KERNEL_STATE.CLOSE_WAIT).length;
  const forecast = exhaustion('ports', used, usable, [trend]);
  const peer = formatEndpoint(remoteAddress, remotePort);
  return {
    severity: severityOf(options, used, usable),
    cause: 'held_open',
    labels: destinationLabels(destination),
    count: used - timeWait,
    oldestAgeSeconds: oldest === undefined ? 0 : ageSeconds[oldest]!,
    ageExact: oldest !== undefined && ageExact[oldest] === 1,
    evidence: {
      portsUsed: used,
      portsUsable: usable,
      usedRatio: used / usable,
      established,
      closeWait,
      timeWait,
      growthPerMinute: perMinute(trend),
      growthWindowSeconds: trend?.windowSeconds ?? null,
      growing: growsBy(trend) > 0,
      ...holderOf(view, rows),
    },
    ...(forecast && { forecast }),
    certainty: 'certain',
    rows,
    filter: `exclude time-wait and src ${bracketed(localAddress)} and dst ${peer}`,
  };
}

/** Ports of the range that are taken by bind() alone, by local address. */
function boundOnly(view: View, options: Options, usable: number, stands: Stands): Judged {
  const { table, ageSeconds, ageExact } = view.sockets;
  const detections: Detection[] = [];
  const considered: Consideration[] = [];
  for (const [local, rows] of boundRows(view)) {
    const labels = { role: 'client', local };
    // Sockets with SO_REUSEADDR may share one.
    const used = new Set(rows.map((row) => table.localPort[row]!)).size;
    if (used < held(options.warnRatio, stands(labels)) * usable) {
      considered.push(
        belowLimit(labels, used / usable, options.warnRatio, { count: rows.length, state: 'CLOSE' }),
      );
      continue;
    }
    const oldest = oldestOf(rows, ageSeconds)!;
    detections.push({
      severity: severityOf(options, used, usable),
      cause: 'bound_only',
      labels,
      count: rows.length,
      oldestAgeSeconds: ageSeconds[oldest]!,
      ageExact: ageExact[oldest] === 1,
      evidence: {
        boundOnly: rows.length,
        portsUsed: used,
        portsUsable: usable,
        usedRatio: used / usable,
        ...holderOf(view, rows),
      },
      certainty: 'certain',
      rows,
      filter: `state closed and src ${bracketed(local)}`,
    });
  }
  return { detections, considered: nearest(considered) };
}

/** Sockets that are bound inside the range and no more, by local address. */
function boundRows({ sockets: { table }, rowsIn, limits }: View): Map<string, number[]> {
  const { low, high } = limits.portRange ?? { low: 0, high: 0 };
  const { localAddress, localPort, remotePort } = table;
  const byAddress = new Map<string, number[]>();
  let before = -1;
  let rows: number[] = [];
  for (const row of rowsIn('CLOSE')) {
    if (remotePort[row] !== 0) continue;
    if (localPort[row]! < low || localPort[row]! > high) continue;
    // Most have the same one as those before, and its text is costly.
    const isSame =
      before >= 0 && [0, 1, 2, 3].every((i) => localAddress[row * 4 + i] === localAddress[before * 4 + i]);
    if (!isSame) {
      const address = formatAddress(localAddress, row * 4);
      rows = byAddress.get(address) ?? [];
      byAddress.set(address, rows);
    }
    rows.push(row);
    before = row;
  }
  return byAddress;
}

function holderOf(view: View, rows: readonly number[]) {
  const holder = largestHolder(view, rows);
  return holder && { process: holder.process.name, pid: holder.process.pid, processSockets: holder.amount };
}

function oldestOf(rows: readonly number[], ageSeconds: Float64Array): number | undefined {
  let oldest = rows[0];
  for (const row of rows) if (oldest === undefined || ageSeconds[row]! > ageSeconds[oldest]!) oldest = row;
  return oldest;
}

function severityOf({ criticalRatio }: Options, used: number, usable: number): Severity {
  return used >= criticalRatio * usable ? 'critical' : 'warning';
}
