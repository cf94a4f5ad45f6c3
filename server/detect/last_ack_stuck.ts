import type { Detector } from '../model/units.ts';
import { defaultsFor } from './defaults.ts';
import { detectUndelivered } from './undelivered.ts';

/** The peer has closed, our side has closed after it, and its FIN, or data before it, does not get through. */
export const lastAckStuck: Detector<'last_ack_stuck'> = {
  name: 'last_ack_stuck',
  defaults: defaultsFor('last_ack_stuck'),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect: (view, options, stands) => detectUndelivered(view, 'LAST_ACK', options, stands),
};
