import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { synGivesUpAfterSeconds } from './retries.ts';
import { never, sortOut, type Stuck } from './stuck-groups.ts';
import { detectionsOf, longestOf, tooYoung } from './stuck.ts';

/** One lost SYN is chance; with the second one sent again, two got no answer. */
const MIN_RETRANSMITS = 2;

/** Connection attempts that get no answer at all: the SYN is dropped on the way, or by the destination itself. */
export const synSentStuck: Detector<'syn_sent_stuck'> = {
  name: 'syn_sent_stuck',
  defaults: defaultsFor('syn_sent_stuck'),
  settleSeconds: ({ minAge }) => 2 * minAge,
  detect(view, options, stands) {
    const { minAge, minShare } = options;
    const unanswered = unansweredIn(view);
    const isOld = ({ seconds }: Stuck) => seconds >= minAge;
    const { found } = sortOut(view, unanswered.filter(isOld), () => ({ apart: 1, together: 1 }), stands);
    const young = sortOut(
      view,
      unanswered.filter((each) => !isOld(each)),
      never,
      stands,
    );
    const after = synGivesUpAfterSeconds(view.limits);
    return {
      detections: detectionsOf(view, found, options, stands, (group, isMany, connections) => {
        const alarms =
          isMany && (group.remoteAddress !== '*' || group.stuck.length >= minShare * connections);
        return {
          cause: 'unanswered',
          severity: alarms ? 'warning' : 'info',
          certainty: 'certain',
          states: ['SYN_SENT'],
          evidence: {
            kernelEndsAfterSeconds: after,
            kernelEndsInSeconds: after === null ? null : Math.max(0, after - longestOf(group).seconds),
            synRetries: view.limits.synRetries,
          },
        };
      }),
      considered: nearest(tooYoung(view, young.passed, minAge)),
    };
  },
};

/** Nothing but silence keeps a socket in SYN_SENT: all of its age is unanswered. */
function unansweredIn({ stalls, sockets }: View): Stuck<'unanswered'>[] {
  const { table, ageSeconds, ageExact } = sockets;
  return stalls.flatMap(({ row, kind }): Stuck<'unanswered'>[] => {
    const isSyn = kind === 'unacknowledged' && table.state[row] === KERNEL_STATE.SYN_SENT;
    if (!isSyn || table.retransmits[row]! < MIN_RETRANSMITS) return [];
    // A second goes by before each of them at the least.
    const least = table.retransmits[row]!;
    const age = ageSeconds[row]!;
    const exact = ageExact[row] === 1 && age >= least;
    return [{ row, cause: 'unanswered', seconds: Math.max(least, age), exact }];
  });
}
