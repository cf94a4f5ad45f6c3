import { parseDuration } from '../model/duration.ts';
import { DetectorsSchema, defaultsOf } from '../model/options.ts';
import type { Detector } from '../model/units.ts';
import { detectUndelivered } from './undelivered.ts';

/** Both sides have closed at once; the peer’s FIN is here, and ours, or data before it, does not get through. */
export const closingStuck: Detector<'closing_stuck'> = {
  name: 'closing_stuck',
  defaults: defaultsOf(DetectorsSchema.properties.closing_stuck, (text) => parseDuration(text) ?? NaN),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect: (view, options, stands) => detectUndelivered(view, 'CLOSING', options, stands),
};
