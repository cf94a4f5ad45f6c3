import {
  fingerprint,
  type Considered,
  type Detection,
  type DetectorName,
  type Finding,
  type Severity,
} from '../model/finding.ts';
import { quotedName } from '../model/quoted-name.ts';
import type { UnitHealth } from '../model/observation.ts';
import type { DetectorOptions } from '../model/options.ts';
import { OWN_NAMESPACE, type View } from '../model/snapshot.ts';
import type { Detected, Detector, Stands } from '../model/units.ts';
import { closeWaitLeak } from './close_wait_leak.ts';
import { portExhaustion } from './port_exhaustion.ts';
import { synBacklog } from './syn_backlog.ts';
import { acceptQueueFull } from './accept_queue_full.ts';
import { orphanPressure } from './orphan_pressure.ts';
import { tcpMemoryPressure } from './tcp_memory_pressure.ts';
import { descriptorExhaustion } from './descriptor_exhaustion.ts';
import { resetStorm } from './reset_storm.ts';
import { conntrackFull } from './conntrack_full.ts';
import { examplesOf } from './examples.ts';
import { closingStuck } from './closing_stuck.ts';
import { finWaitStuck } from './fin_wait_stuck.ts';
import { halfOpen } from './half_open.ts';
import { lastAckStuck } from './last_ack_stuck.ts';
import { linkCauses } from './roots.ts';
import { synSentStuck } from './syn_sent_stuck.ts';
import { zeroWindow } from './zero_window.ts';
import { timeWaitBuildup } from './time_wait_buildup.ts';

/** Every detector there is; a new one is one file, one line here, and its texts. */
const DETECTORS = [
  unit(closeWaitLeak),
  unit(timeWaitBuildup),
  unit(portExhaustion),
  unit(synBacklog),
  unit(acceptQueueFull),
  unit(orphanPressure),
  unit(tcpMemoryPressure),
  unit(descriptorExhaustion),
  unit(resetStorm),
  unit(conntrackFull),
  unit(halfOpen),
  unit(zeroWindow),
  unit(finWaitStuck),
  unit(lastAckStuck),
  unit(closingStuck),
  unit(synSentStuck),
];

/** All but the time of first sight, which needs memory. */
export type NewFinding = Omit<Finding, 'firstSeenAt'>;

interface Context {
  /** Several network namespaces are watched: findings have theirs in their filter. */
  readonly severalNamespaces?: boolean;
  /** Fingerprints of the findings that stand since the pass before. */
  readonly standing?: ReadonlySet<string>;
}

interface Ran {
  readonly findings: NewFinding[];
  readonly considered: Considered[];
  readonly units: UnitHealth[];
}

/**
 * Runs the detectors that are enabled on the view of a complete pass. One that throws does not stop the others: it shows in
 * `units`. `clock`: monotonic seconds, to time each. Findings of a network namespace other than the observer's own have it
 * among their labels.
 */
export function runDetectors(
  view: View,
  options: DetectorOptions,
  clock: () => number,
  { severalNamespaces = false, standing = new Set() }: Context = {},
): Ran {
  const findings: NewFinding[] = [];
  const considered: Considered[] = [];
  const units: UnitHealth[] = [];
  for (const { name, enabled, detect } of DETECTORS) {
    if (!enabled(options)) continue;
    const start = clock();
    let error: string | null = null;
    try {
      const found = detect(view, options, (labels) =>
        standing.has(fingerprint(name, withNamespace(labels, view))),
      );
      for (const detection of found.detections)
        findings.push(finding(name, detection, view, severalNamespaces));
      for (const { labels, ...rest } of found.considered) {
        considered.push({ ...rest, detector: name, labels: withNamespace(labels, view) });
      }
    } catch (thrown) {
      error = `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
    units.push({ name, kind: 'detector', ok: error === null, durationSeconds: clock() - start, error });
  }
  return { findings: linkCauses(findings), considered, units };
}

/**
 * Detectors whose silence means nothing: they have not watched long enough, or failed on this pass, or did not run on it
 * (`units` is null). Nothing that they found before is over because of it.
 */
export function undecidedDetectors(
  options: DetectorOptions,
  watchedSeconds: number,
  units: readonly UnitHealth[] | null,
): DetectorName[] {
  const failed = new Set(units?.filter(({ ok }) => !ok).map(({ name }) => name));
  return DETECTORS.filter(
    (detector) =>
      detector.enabled(options) &&
      (units === null || watchedSeconds < detector.settleSeconds(options) || failed.has(detector.name)),
  ).map(({ name }) => name);
}

/** Seconds of watching after which none of these detectors is undecided for want of time. */
export function settleSecondsOf(options: DetectorOptions, names: readonly string[]): number {
  const asked = DETECTORS.filter(({ name }) => names.includes(name));
  return Math.max(0, ...asked.map((detector) => detector.settleSeconds(options)));
}

/** A detector that takes its own options out of all of them, so that all fit in one list. */
function unit<N extends DetectorName>(detector: Detector<N>) {
  const { name } = detector;
  return {
    name,
    enabled: (options: DetectorOptions) => options[name].enabled,
    settleSeconds: (options: DetectorOptions) => detector.settleSeconds(options[name]),
    detect(view: View, options: DetectorOptions, stands: Stands): Detected {
      const { detections, considered } = detector.detect(view, options[name], stands);
      return {
        detections: detections.map((found) => ({
          ...found,
          severity: overridden(found.severity, options[name].severity),
        })),
        considered,
      };
    },
  };
}

function finding(
  detector: DetectorName,
  { rows, ...found }: Detection,
  view: View,
  severalNamespaces: boolean,
): NewFinding {
  const labels = withNamespace(found.labels, view);
  const filter = severalNamespaces
    ? `${found.filter} and netns = ${quotedName(view.namespace)}`
    : found.filter;
  const examples = examplesOf(view, rows);
  return { ...found, detector, labels, filter, examples, fingerprint: fingerprint(detector, labels) };
}

function withNamespace(labels: Detection['labels'], { namespace }: View): Detection['labels'] {
  return namespace === OWN_NAMESPACE ? labels : { ...labels, netns: namespace };
}

/** What is only explained stays so: an override says how bad a problem is, and `info` is none. */
function overridden(own: Severity, override: Severity | undefined): Severity {
  return own === 'info' ? own : (override ?? own);
}
