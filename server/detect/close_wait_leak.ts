import type { Consideration, Detection, Forecast, Severity } from '../model/finding.ts';
import { quotedName } from '../model/quoted-name.ts';
import type { DetectorOptions } from '../model/options.ts';
import { OWNER_GAPS, type PeerGroup, type View } from '../model/snapshot.ts';
import type { Detector, Stands } from '../model/units.ts';
import { nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { exhaustion, finite, growsBy, perMinute } from './growth.ts';
import { held } from './hold.ts';
import { filterOf, labelsOf, MAX_PEERS_APART } from './peers.ts';

type Options = DetectorOptions['close_wait_leak'];
type Cause = 'never_accepted' | 'unread_data' | 'fin_unread' | 'drained';

/** The more certain and the more costly first: where two causes are equally many, the first is named. */
const CAUSES: readonly Cause[] = ['drained', 'unread_data', 'fin_unread', 'never_accepted'];

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
  defaults: defaultsFor('close_wait_leak'),
  settleSeconds: ({ minAge }) => minAge + SETTLE_SECONDS,
  detect(view, options, stands) {
    const detections: Detection[] = [];
    const considered: Consideration[] = [];
    const few: { rest: PeerGroup; apart: readonly PeerGroup[] }[] = [];
    const flagged = flaggedByTotal(view, options, stands);
    for (const total of view.closeWaitTotals) {
      const apart = flagged.get(totalKey(total)) ?? [];
      const together = apart.length > MAX_PEERS_APART;
      if (!together) for (const group of apart) detections.push(detection(view, options, group, total));
      const rest = together ? total : without(total, apart);
      if (isMany(view, options, rest, stands)) detections.push(detection(view, options, rest, total));
      else if (rest.rows.length > 0) few.push({ rest, apart });
    }
    const families = familiesOf(
      view,
      few.map(({ rest }) => rest),
    ).filter((family) => isFamilyMany(view, options, family, stands));
    for (const family of families) detections.push(ofFamily(view, options, family));
    for (const { rest, apart } of few) {
      if (families.some(({ members }) => members.includes(rest))) continue;
      considered.push(consideration(view, options, onlyPeer(view, rest, apart) ?? rest));
    }
    return { detections, considered: nearest(considered) };
  },
};

function flaggedByTotal(view: View, options: Options, stands: Stands): Map<string, PeerGroup[]> {
  const flagged = new Map<string, PeerGroup[]>();
  for (const group of view.closeWait) {
    if (!isMany(view, options, group, stands)) continue;
    const key = totalKey(group);
    const known = flagged.get(key);
    if (known) known.push(group);
    else flagged.set(key, [group]);
  }
  return flagged;
}

/** Whether enough of a group are old enough; of one that was, a little less will do. */
function isMany(view: View, options: Options, group: PeerGroup, stands: Stands): boolean {
  if (group.rows.length < held(options.minCount, true)) return false;
  const least = held(options.minCount, stands(labelsOf(group, view.processes[group.owner])));
  return oldRows(view, options, group).length >= least;
}

/** Processes of one name that serve one port: a server may have one for each connection, and then none has many. */
interface Family {
  readonly name: string;
  readonly members: readonly PeerGroup[];
  readonly all: PeerGroup;
}

function familiesOf(view: View, groups: readonly PeerGroup[]): Family[] {
  const byName = new Map<string, PeerGroup[]>();
  for (const group of groups) {
    const name = view.processes[group.owner]?.name;
    if (group.role !== 'server' || name === undefined) continue;
    const key = `${group.servicePort} ${name}`;
    byName.set(key, [...(byName.get(key) ?? []), group]);
  }
  return [...byName.values()].flatMap((members): Family[] => {
    const [first] = members;
    if (!first || members.length < 2) return [];
    const all: PeerGroup = {
      ...first,
      remoteAddress: '*',
      rows: members.flatMap(({ rows }) => rows),
      peers: members.reduce((sum, { peers }) => sum + peers, 0),
      // That of a few connections each says nothing of all of them.
      trend: null,
    };
    return [{ name: view.processes[first.owner]?.name ?? '', members, all }];
  });
}

function familyLabels({ name, all }: Family): Detection['labels'] {
  return { process: name, role: all.role, peer: '*', port: String(all.servicePort) };
}

function isFamilyMany(view: View, options: Options, family: Family, stands: Stands): boolean {
  return oldRows(view, options, family.all).length >= held(options.minCount, stands(familyLabels(family)));
}

/** The descriptors of one of them are nothing that it says. */
function ofFamily(view: View, options: Options, family: Family): Detection {
  const { all, name, members } = family;
  const found = detection(view, options, { ...all, owner: -1 }, all);
  const evidence = { ...found.evidence, processes: members.length };
  delete evidence.ownerGap;
  const filter = `${found.filter} and process = ${quotedName(name)}`;
  return { ...found, labels: familyLabels(family), evidence, filter };
}

/** The group of the only peer that is left in a total, which has a name. */
function onlyPeer(view: View, rest: PeerGroup, apart: readonly PeerGroup[]): PeerGroup | undefined {
  const key = totalKey(rest);
  return rest.peers === 1
    ? view.closeWait.find((group) => totalKey(group) === key && !apart.includes(group))
    : undefined;
}

/** Why a group is none: not enough of them, or not old enough. */
function consideration(view: View, { minAge, minCount }: Options, group: PeerGroup): Consideration {
  const { rows } = group;
  const oldest = rows.reduce((age, row) => Math.max(age, view.sockets.ageSeconds[row]!), 0);
  const about = {
    labels: labelsOf(group, view.processes[group.owner]),
    count: rows.length,
    state: 'CLOSE_WAIT',
  } as const;
  return oldest < minAge
    ? { ...about, reason: 'too_young', measure: 'seconds', value: oldest, threshold: minAge }
    : {
        ...about,
        reason: 'too_few',
        measure: 'sockets',
        value: oldRows(view, { minAge }, group).length,
        threshold: minCount,
      };
}

function totalKey({ owner, role, servicePort }: PeerGroup): string {
  return `${owner} ${role} ${role === 'server' ? servicePort : 0}`;
}

function oldRows(view: View, { minAge }: Pick<Options, 'minAge'>, { rows }: PeerGroup): number[] {
  return rows.filter((row) => view.sockets.ageSeconds[row]! >= minAge);
}

/** What is left of a total when some of its groups are spoken of on their own. */
function without(total: PeerGroup, groups: readonly PeerGroup[]): PeerGroup {
  if (groups.length === 0) return total;
  const left = total.rows.length - groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const taken = left === 0 ? null : new Set(groups.flatMap(({ rows }) => rows));
  const taking = groups.reduce((sum, { trend }) => sum + (trend?.perSecond ?? 0), 0);
  return {
    ...total,
    rows: taken ? total.rows.filter((row) => !taken.has(row)) : [],
    peers: Math.max(0, total.peers - groups.length),
    trend: total.trend && {
      ...total.trend,
      perSecond: total.trend.perSecond - taking,
      lowPerSecond: total.trend.lowPerSecond - taking,
      highPerSecond: total.trend.highPerSecond - taking,
    },
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
    labels: labelsOf(group, process),
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
    // Data and FIN that came together are read together: then 0 bytes do not prove that the program saw the end.
    certainty: cause === 'drained' ? 'strong' : 'certain',
    rows: old,
    // Sockets in an accept queue belong to no process yet.
    filter: filterOf(['CLOSE_WAIT'], group, cause === 'never_accepted' ? undefined : process?.pid),
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
