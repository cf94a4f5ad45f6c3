import { OWN_NAMESPACE, type View } from '../model/snapshot.ts';
import { TIMER } from '../model/socket-table.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { belowLimit } from './considered.ts';
import { recently } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { held } from './hold.ts';
import { ageOf } from './oldest.ts';

/**
 * Sockets that no process has any more and that still have to deliver their data or their FIN, near tcp_max_orphans. Beyond
 * it the kernel ends them by RST, and what they had to deliver is lost. It counts one whose peer takes no data, or does not
 * answer, two to four times. Source: tcp_out_of_resources() in net/ipv4/tcp_timer.c.
 *
 * The number and its limit are of the whole host, so that only the observer's own namespace speaks of them.
 */
export const orphanPressure: Detector<'orphan_pressure'> = {
  name: 'orphan_pressure',
  defaults: defaultsFor('orphan_pressure'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    const orphans = view.counters['sockstat.TCP.orphan'];
    const { maxOrphans } = view.limits;
    if (view.namespace !== OWN_NAMESPACE || orphans === undefined || maxOrphans === null || orphans <= 0) {
      return { detections: [], considered: [] };
    }
    const labels = { limit: 'tcp_max_orphans' };
    const usedRatio = orphans / Math.max(1, maxOrphans);
    if (usedRatio < held(options.warnRatio, stands(labels))) {
      return {
        detections: [],
        considered: [belowLimit(labels, usedRatio, options.warnRatio, { count: orphans })],
      };
    }
    const abortsOnMemory = recently(view, 'TcpExt.TCPAbortOnMemory');
    const { rows, finWait1, lastAck, closing } = orphansHere(view);
    return {
      detections: [
        {
          severity: abortsOnMemory > 0 || usedRatio >= options.criticalRatio ? 'critical' : 'warning',
          cause: abortsOnMemory > 0 ? 'resetting' : 'near_limit',
          labels,
          count: orphans,
          ...ageOf(view, rows),
          evidence: {
            orphans,
            maxOrphans,
            usedRatio,
            finWait1,
            lastAck,
            closing,
            abortsOnMemory,
            windowSeconds: view.recent.seconds,
          },
          certainty: 'certain',
          rows,
          filter: 'state fin-wait-1 state fin-wait-2 state closing state last-ack and inode = 0',
        },
      ],
      considered: [],
    };
  },
};

/** Of the orphans those in this namespace. A FIN_WAIT2 mini-socket is none: its memory has been given back. */
function orphansHere({ sockets: { table } }: View) {
  const rows: number[] = [];
  let finWait1 = 0;
  let lastAck = 0;
  let closing = 0;
  for (let row = 0; row < table.count; row++) {
    if (table.inode[row] !== 0 || table.timer[row] === TIMER.time_wait) continue;
    const state = table.state[row];
    if (state === KERNEL_STATE.FIN_WAIT1) finWait1++;
    else if (state === KERNEL_STATE.LAST_ACK) lastAck++;
    else if (state === KERNEL_STATE.CLOSING) closing++;
    else if (state !== KERNEL_STATE.FIN_WAIT2) continue;
    rows.push(row);
  }
  return { rows, finWait1, lastAck, closing };
}
