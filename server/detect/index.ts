import { fingerprint, type DetectorName, type Finding, type Severity } from '../model/finding.ts';
import type { UnitHealth } from '../model/observation.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { View } from '../model/snapshot.ts';
import type { Detector } from '../model/units.ts';
import { closeWaitLeak } from './close_wait_leak.ts';
import { timeWaitBuildup } from './time_wait_buildup.ts';

/** Every detector there is; a new one is one file, one line here, and its texts. */
const DETECTORS = [unit(closeWaitLeak), unit(timeWaitBuildup)];

/** All but the time of first sight, which needs memory. */
type NewFinding = Omit<Finding, 'firstSeenAt'>;

/**
 * Runs the detectors that are enabled on the view of a complete pass. One that throws does not stop the others: it shows in
 * `units`. `clock`: monotonic seconds, to time each.
 */
export function runDetectors(
  view: View,
  options: DetectorOptions,
  clock: () => number,
): { findings: NewFinding[]; units: UnitHealth[] } {
  const findings: NewFinding[] = [];
  const units: UnitHealth[] = [];
  for (const { name, enabled, detect } of DETECTORS) {
    if (!enabled(options)) continue;
    const start = clock();
    let error: string | null = null;
    try {
      findings.push(...detect(view, options));
    } catch (thrown) {
      error = `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
    units.push({ name, kind: 'detector', ok: error === null, durationSeconds: clock() - start, error });
  }
  return { findings, units };
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

/** A detector that takes its own options out of all of them, so that all fit in one list. */
function unit<N extends DetectorName>(detector: Detector<N>) {
  const { name } = detector;
  return {
    name,
    enabled: (options: DetectorOptions) => options[name].enabled,
    settleSeconds: (options: DetectorOptions) => detector.settleSeconds(options[name]),
    detect: (view: View, options: DetectorOptions): NewFinding[] =>
      detector.detect(view, options[name]).map((found) => ({
        ...found,
        severity: overridden(found.severity, options[name].severity),
        detector: name,
        fingerprint: fingerprint(name, found.labels),
      })),
  };
}

/** What is only explained stays so: an override says how bad a problem is, and `info` is none. */
function overridden(own: Severity, override: Severity | undefined): Severity {
  return own === 'info' ? own : (override ?? own);
}
