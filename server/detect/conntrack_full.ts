import type { Detector } from '../model/units.ts';
import { belowLimit } from './considered.ts';
import { recently, recentRate } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { held } from './hold.ts';

/**
 * The table of tracked connections (netfilter) near its limit, where there is one. Each network namespace has a table of its
 * own under the same limit. What it cannot take it drops: packets of new connections, whatever program they are for.
 * Source: __nf_conntrack_alloc() in net/netfilter/nf_conntrack_core.c.
 */
export const conntrackFull: Detector<'conntrack_full'> = {
  name: 'conntrack_full',
  defaults: defaultsFor('conntrack_full'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    const entries = view.counters['conntrack.count'] ?? 0;
    const { maxConntrack } = view.limits;
    // A limit of 0 is none. Source: the same function.
    if (entries === 0 || maxConntrack === null || maxConntrack === 0)
      return { detections: [], considered: [] };
    const labels = { limit: 'nf_conntrack_max' };
    const usedRatio = entries / maxConntrack;
    if (usedRatio < held(options.warnRatio, stands(labels))) {
      return {
        detections: [],
        considered: [belowLimit(labels, usedRatio, options.warnRatio, { count: entries })],
      };
    }
    // Below the limit a drop has another reason.
    const dropping = recently(view, 'conntrack.drop') + recently(view, 'conntrack.early_drop') > 0;
    return {
      detections: [
        {
          severity: dropping || usedRatio >= options.criticalRatio ? 'critical' : 'warning',
          cause: dropping ? 'dropping' : 'nearly_full',
          labels,
          count: entries,
          oldestAgeSeconds: 0,
          ageExact: false,
          evidence: {
            conntrackEntries: entries,
            maxConntrack,
            usedRatio,
            droppedPerSecond: recentRate(view, 'conntrack.drop'),
            earlyDroppedPerSecond: recentRate(view, 'conntrack.early_drop'),
            windowSeconds: view.recent.seconds,
          },
          certainty: 'certain',
          rows: [],
          filter: 'state connected',
        },
      ],
      considered: [],
    };
  },
};
