import { parseDuration } from '../model/duration.ts';
import type { DetectorName } from '../model/finding.ts';
import { DetectorsSchema, defaultsOf, type DetectorOptions } from '../model/options.ts';

const DEFAULTS = defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN);

/** What the schema states for a detector, durations as seconds. */
export function defaultsFor<N extends DetectorName>(name: N): DetectorOptions[N] {
  return DEFAULTS[name];
}
