import { formatEndpoint } from '../model/address.ts';
import { MAX_EVIDENCE_SERIES } from '../model/evidence.ts';
import type { DetectorName, Finding } from '../model/finding.ts';
import type { SeriesName } from '../model/storage.ts';
import { netnsOf } from './evidence-facts.ts';

/** Sockets by state: the background of whatever a finding is about. */
const BACKGROUND = 'tcp_sockets';

/** Series of the whole host that a detector judges by. */
const OF_DETECTOR: Partial<Readonly<Record<DetectorName, readonly string[]>>> = {
  time_wait_buildup: [
    'ephemeral_ports_used_ratio',
    'tcp_active_opens_per_second',
    'tcp_time_wait_overflows_per_second',
  ],
  port_exhaustion: ['ephemeral_ports_used_ratio', 'tcp_active_opens_per_second'],
  syn_backlog: ['tcp_passive_opens_per_second', 'tcp_listen_overflows_per_second'],
  accept_queue_full: ['tcp_passive_opens_per_second', 'tcp_listen_overflows_per_second'],
  orphan_pressure: ['tcp_orphans'],
  tcp_memory_pressure: ['tcp_memory_pages'],
  descriptor_exhaustion: ['process_descriptors_used_ratio'],
  reset_storm: [
    'tcp_established_resets_per_second',
    'tcp_attempt_fails_per_second',
    'tcp_active_opens_per_second',
    'tcp_passive_opens_per_second',
  ],
  syn_sent_stuck: ['tcp_active_opens_per_second', 'tcp_attempt_fails_per_second'],
};

/** As exact as `SeriesName.lastSeenAt` is. */
const LAST_SEEN_IS_WITHIN_MS = 15 * 60 * 1000;

/**
 * The series that show how a finding came about: of the process, the listener or the destination that it names, of what its
 * detector judges by, and the counts by state. `sinceMs`: without those that ended before; milliseconds since 1970.
 */
export function trendSeries(known: readonly SeriesName[], finding: Finding, sinceMs: number): string[] {
  const named: string[] = [];
  const background: string[] = [];
  for (const { name, lastSeenAt } of known) {
    if (lastSeenAt < sinceMs - LAST_SEEN_IS_WITHIN_MS) continue;
    const series = partsOf(name);
    if (series.base === BACKGROUND) background.push(name);
    else if (isMeant(series, finding)) named.push(name);
  }
  const room = Math.max(0, MAX_EVIDENCE_SERIES - background.length);
  return [...named.slice(0, room), ...background].slice(0, MAX_EVIDENCE_SERIES);
}

interface Series {
  readonly base: string;
  readonly labels: Readonly<Record<string, string>>;
}

function isMeant({ base, labels }: Series, finding: Finding): boolean {
  if ((OF_DETECTOR[finding.detector] ?? []).includes(base)) return true;
  const { role, local, peer, port } = finding.labels;
  const process = processOf(finding);
  if (base.startsWith('process_')) return process !== null && labels['process'] === process;
  if ((labels['netns'] ?? '') !== netnsOf(finding)) return false;
  if (base.startsWith('listener_')) {
    // `*`: the kernel counted drops, and does not say at which.
    const isPort = port === '*' || labels['port'] === port;
    return role === 'server' && isPort && (process === null || labels['process'] === process);
  }
  if (base.startsWith('ephemeral_ports_') && role === 'client') {
    const to = formatEndpoint(labels['remote'] ?? '', Number(labels['port']));
    const isPeer = peer === undefined ? local !== undefined : to === peer;
    return isPeer && (local === undefined || labels['local'] === local);
  }
  return false;
}

/** Stand for a process that is not known, and for none. */
const NO_PROCESS: readonly unknown[] = ['unknown', 'kernel'];

/** Where a finding is of a destination or a limit, its evidence names the process that has most of it. */
function processOf({ labels, evidence }: Finding): string | null {
  const name = labels['process'] ?? evidence['process'];
  return typeof name === 'string' && !NO_PROCESS.includes(name) ? name : null;
}

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/gs;

/** The parts of a series' name, which is written as in Prometheus. */
function partsOf(name: string): Series {
  const brace = name.indexOf('{');
  if (brace < 0) return { base: name, labels: {} };
  const labels = [...name.slice(brace).matchAll(LABEL)].map(
    ([, label = '', value = '']) => [label, unescaped(value)] as const,
  );
  return { base: name.slice(0, brace), labels: Object.fromEntries(labels) };
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/gs, (_all, letter: string) => (letter === 'n' ? '\n' : letter));
}
