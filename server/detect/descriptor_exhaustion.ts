import type { Consideration, Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { Process, Trend, View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { belowLimit, nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { exhaustion, finite, growsBy, perMinute } from './growth.ts';
import { held } from './hold.ts';
import { ageOf } from './oldest.ts';

type Options = DetectorOptions['descriptor_exhaustion'];
type Cause = 'growing' | 'near_limit' | 'exhausted';

/** A process with less than this share of its limit is far from it, and not worth a word. */
const WORTH_TELLING = 0.2;

/** A shorter course is that of a burst, or of a program that starts. */
const MIN_WINDOW_SECONDS = 60;

/**
 * Processes that run out of file descriptors, whatever those are of: sockets in any state, files, pipes. Looked at are the
 * processes that have a TCP socket in this namespace.
 */
export const descriptorExhaustion: Detector<'descriptor_exhaustion'> = {
  name: 'descriptor_exhaustion',
  defaults: defaultsFor('descriptor_exhaustion'),
  settleSeconds: () => MIN_WINDOW_SECONDS,
  detect(view, options, stands) {
    const judged: Judged[] = [];
    const considered: Consideration[] = [];
    for (const [index, process] of view.processes.entries()) {
      const used = process.descriptors;
      const limit = finite(process.descriptorLimit);
      if (used === null || limit === null || limit === 0) continue;
      const labels = { process: process.name, pid: String(process.pid) };
      const trend = view.descriptorTrends.get(index) ?? null;
      const cause = causeOf(used, limit, trend, options, stands(labels));
      if (cause !== null) judged.push({ index, process, used, limit, trend, cause, labels });
      else if (used >= WORTH_TELLING * limit) {
        considered.push(belowLimit(labels, used / limit, options.warnRatio));
      }
    }
    const rows = rowsOf(view, new Map(judged.map(({ index }) => [index, []])));
    return {
      detections: judged.map((each) => detection(view, options, each, rows.get(each.index) ?? [])),
      considered: nearest(considered),
    };
  },
};

function causeOf(
  used: number,
  limit: number,
  trend: Trend | null,
  options: Options,
  standing: boolean,
): Cause | null {
  if (used >= limit) return 'exhausted';
  if (used >= held(options.warnRatio, standing) * limit) return 'near_limit';
  if (used < held(options.growthRatio, standing) * limit) return null;
  if (trend === null || trend.windowSeconds < MIN_WINDOW_SECONDS) return null;
  const forecast = exhaustion('descriptors', used, limit, [trend]);
  return forecast && held(forecast.inSeconds, standing) <= options.warnWithin ? 'growing' : null;
}

interface Judged {
  /** Of the view's processes. */
  readonly index: number;
  readonly process: Process;
  readonly used: number;
  readonly limit: number;
  readonly trend: Trend | null;
  readonly cause: Cause;
  readonly labels: Detection['labels'];
}

/** Fills in the sockets of these processes, in one look at all. */
function rowsOf({ sockets: { table, owner } }: View, byOwner: Map<number, number[]>): Map<number, number[]> {
  if (byOwner.size === 0) return byOwner;
  for (let row = 0; row < table.count; row++) byOwner.get(owner[row]!)?.push(row);
  return byOwner;
}

function detection(view: View, options: Options, judged: Judged, rows: readonly number[]): Detection {
  const { process, used, limit, trend, cause, labels } = judged;
  const { table } = view.sockets;
  let established = 0;
  let closeWait = 0;
  for (const row of rows) {
    if (table.state[row] === KERNEL_STATE.ESTABLISHED) established++;
    else if (table.state[row] === KERNEL_STATE.CLOSE_WAIT) closeWait++;
  }
  const forecast = exhaustion('descriptors', used, limit, [trend]);
  return {
    severity: used >= options.criticalRatio * limit ? 'critical' : 'warning',
    cause,
    labels,
    count: Math.max(1, rows.length),
    ...ageOf(view, rows),
    evidence: {
      descriptorsUsed: used,
      descriptorLimit: limit,
      usedRatio: used / limit,
      tcpSockets: rows.length,
      established,
      closeWait,
      growthPerMinute: perMinute(trend),
      growthWindowSeconds: trend?.windowSeconds ?? null,
      growing: growsBy(trend) > 0,
      ...(process.unit && { unit: process.unit }),
      ...(process.container && { container: process.container }),
    },
    ...(forecast && { forecast }),
    certainty: 'certain',
    rows,
    filter: `pid = ${process.pid}`,
  };
}
