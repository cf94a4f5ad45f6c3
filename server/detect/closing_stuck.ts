import type { Detector } from '../model/units.ts';
import { defaultsFor } from './defaults.ts';
import { detectUndelivered } from './undelivered.ts';

/** Both sides have closed at once; the peer’s FIN is here, and ours, or data before it, does not get through. */
export const closingStuck: Detector<'closing_stuck'> = {
  name: 'closing_stuck',
  defaults: defaultsFor('closing_stuck'),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect: (view, options, stands) => detectUndelivered(view, 'CLOSING', options, stands),
};
