import { formatEndpoint } from '../model/address.ts';
import { parseDuration } from '../model/duration.ts';
import type { Detection, Forecast, Severity } from '../model/finding.ts';
import { DetectorsSchema, defaultsOf, type DetectorOptions } from '../model/options.ts';
import { OWNER_GAPS, type PeerGroup, type View } from '../model/snapshot.ts';
import type { Detector } from '../model/units.ts';
import { exhaustion, growsBy, perMinute } from './growth.ts';

type Options = DetectorOptions['close_wait_leak'];
type Cause = 'never_accepted' | 'unread_data' | 'fin_unread' | 'drained';

/** The more certain and the more costly first: where two causes are equally many, the first is named. */
const CAUSES: readonly Cause[] = ['drained', 'unread_data', 'fin_unread', 'never_accepted'];

/** Beyond so many peers of one process the peers are not what the sockets have in common: one finding names them all. */
const MAX_PEERS_APART = 10;

/** A first sight counts from the pass after; a few seconds more for passes that are further apart. */
const SETTLE_SECONDS = 5;

/**
 * CLOSE_WAIT sockets that have grown old: the peer has sent its FIN, our side has not closed. No kernel timer ends them.
 * One finding for each process and peer; peers that have too few each are taken together, as peer `*`.
 *
 * Cause by inode and Recv-Q: no inode is an accept queue, 0 is read to the end, 1 the FIN alone, more is data and FIN.
 */
export const closeWaitLeak: Detector<'close_wait_leak'> = {
  name: 'close_wait_leak',
  defaults: defaultsOf(DetectorsSchema.properties.close_wait_leak, (text) => parseDuration(text) ?? NaN),
  settleSeconds: ({ minAge }) => minAge + SETTLE_SECONDS,
  detect(view, options) {
    const detections: Detection[] = [];
    const flagged = flaggedByTotal(view, options);
    for (const total of view.closeWaitTotals) {
      const apart = flagged.get(totalKey(total)) ?? [];
      const together = apart.length > MAX_PEERS_APART;
      if (!together) for (const group of apart) detections.push(detection(view, options, group, total));
      const spokenOf = together ? 0 : apart.reduce((sum, { rows }) => sum + rows.length, 0);
      if (total.rows.length - spokenOf < options.minCount) continue;
      const rest = together ? total : without(total, apart);
      if (oldRows(view, options, rest).length >= options.minCount) {
        detections.push(detection(view, options, rest, total));
      }
    }
    return detections;
  },
};

function flaggedByTotal(view: View, options: Options): Map<string, PeerGroup[]> {
  const flagged = new Map<string, PeerGroup[]>();
  for (const group of view.closeWait) {
    if (group.rows.length < options.minCount) continue;
    if (oldRows(view, options, group).length < options.minCount) continue;
    const key = totalKey(group);
    const known = flagged.get(key);
    if (known) known.push(group);
    else flagged.set(key, [group]);
  }
  return flagged;
}

function totalKey({ owner, role, servicePort }: PeerGroup): string {
  return `${owner} ${role} ${role === 'server' ? servicePort : 0}`;
}

function oldRows(view: View, { minAge }: Options, { rows }: PeerGroup): number[] {
  return rows.filter((row) => view.sockets.ageSeconds[row]! >= minAge);
}

/** What is left of a total when some of its groups are spoken of on their own. */
function without(total: PeerGroup, groups: readonly PeerGroup[]): PeerGroup {
  if (groups.length === 0) return total;
  const taken = new Set(groups.flatMap(({ rows }) => rows));
  const taking = groups.reduce((sum, { trend }) => sum + (trend?.perSecond ?? 0), 0);
  return {
    ...total,
    rows: total.rows.filter((row) => !taken.has(row)),
    peers: Math.max(0, total.peers - groups.length),
    trend: total.trend && { ...total.trend, perSecond: total.trend.perSecond - taking },
  };
}

function detection(view: View, options: Options, group: PeerGroup, total: PeerGroup): Detection {
  const { table, ageSeconds, ageExact, ownerGap, listener } = view.sockets;
  const counts = { drained: 0, unread_data: 0, fin_unread: 0, never_accepted: 0 };
  const old = oldRows(view, options, group);
  let oldest = old[0]!;
  let recvQueueBytes = 0;
  for (const row of old) {
    counts[causeOf(table.inode[row]!, table.recvQueueBytes[row]!)]++;
    recvQueueBytes += table.recvQueueBytes[row]!;
    if (ageSeconds[row]! > ageSeconds[oldest]!) oldest = row;
  }
  const cause = CAUSES.reduce((most, other) => (counts[other] > counts[most] ? other : most));
  const process = view.processes[group.owner];
  // Every one of the process's leaks eats the same descriptors.
  const forecast =
    cause !== 'never_accepted' && growsBy(group.trend) > 0
      ? exhaustion('descriptors', process?.descriptors ?? null, process?.descriptorLimit ?? null, [
          ...view.closeWaitTotals.filter(({ owner }) => owner === total.owner).map(({ trend }) => trend),
        ])
      : undefined;
  const waitingAt = view.listeners[listener[oldest]!];
  return {
    severity: severityOf(cause, group, forecast, process, options),
    cause,
    labels: {
      process: process?.name ?? 'unknown',
      ...(process && { pid: String(process.pid) }),
      role: group.role,
      peer:
        group.role === 'client' && group.remoteAddress !== '*'
          ? formatEndpoint(group.remoteAddress, group.servicePort)
          : group.remoteAddress,
      ...(group.servicePort > 0 && { port: String(group.servicePort) }),
    },
    count: old.length,
    oldestAgeSeconds: ageSeconds[oldest]!,
    ageExact: ageExact[oldest] === 1,
    evidence: {
      neverAccepted: counts.never_accepted,
      unreadData: counts.unread_data,
      finUnread: counts.fin_unread,
      drained: counts.drained,
      younger: group.rows.length - old.length,
      minAgeSeconds: options.minAge,
      recvQueueBytes,
      growthPerMinute: perMinute(group.trend),
      growthWindowSeconds: group.trend?.windowSeconds ?? null,
      growing: growsBy(group.trend) > 0,
      ...(group.remoteAddress === '*' && { peers: group.peers }),
      ...(process?.unit && { unit: process.unit }),
      ...(process?.container && { container: process.container }),
      ...(process && {
        descriptorsUsed: process.descriptors,
        descriptorLimit: finite(process.descriptorLimit),
      }),
      ...(!process && { ownerGap: OWNER_GAPS[ownerGap[oldest]!] ?? 'not_found' }),
      ...(waitingAt && { acceptQueue: waitingAt.acceptQueue, acceptQueueMax: waitingAt.acceptQueueMax }),
    },
    ...(forecast && { forecast }),
    filter: filterOf(cause, group, process?.pid),
  };
}

function causeOf(inode: number, recvQueueBytes: number): Cause {
  if (inode === 0) return 'never_accepted';
  if (recvQueueBytes === 0) return 'drained';
  return recvQueueBytes === 1 ? 'fin_unread' : 'unread_data';
}

function severityOf(
  cause: Cause,
  group: PeerGroup,
  forecast: Forecast | undefined,
  process: View['processes'][number] | undefined,
  options: Options,
): Severity {
  // What waits in an accept queue holds no descriptor.
  if (cause === 'never_accepted') return 'warning';
  // A client's pool that does not grow costs what it costs, and hurts nobody until it is used. A server has no such pool.
  const idlePool = cause === 'fin_unread' && group.role === 'client' && growsBy(group.trend) === 0;
  if (idlePool) return 'info';
  if (forecast && forecast.inSeconds < options.criticalWithin) return 'critical';
  const limit = finite(process?.descriptorLimit ?? null);
  const used = process?.descriptors ?? null;
  const full = limit !== null && used !== null && used >= options.criticalRatio * limit;
  return full ? 'critical' : 'warning';
}

function finite(limit: number | null): number | null {
  return limit !== null && Number.isFinite(limit) ? limit : null;
}

function filterOf(cause: Cause, group: PeerGroup, pid: number | undefined): string {
  const terms = ['state close-wait'];
  const { role, remoteAddress, servicePort } = group;
  if (remoteAddress !== '*') {
    terms.push(`dst ${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}`);
  }
  if (servicePort > 0) terms.push(`${role === 'server' ? 'sport' : 'dport'} = :${servicePort}`);
  // Sockets in an accept queue belong to no process yet.
  if (pid !== undefined && cause !== 'never_accepted') terms.push(`pid = ${pid}`);
  return terms.join(' and ');
}
