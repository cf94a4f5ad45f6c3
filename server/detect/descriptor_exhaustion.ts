import type { Consideration, Detection } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import type { Process, Trend, View } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Detector } from '../model/units.ts';
import { belowLimit, nearest } from './considered.ts';
import { defaultsFor } from './defaults.ts';
import { exhaustion, finite, growsBy, perMinute } from './growth.ts';
import { held } from './hold.ts';
import { OldestRows } from './examples.ts';

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
    const sockets = socketsOf(view, judged);
    return {
      detections: judged.map((each, i) => detection(options, each, sockets[i]!)),
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

/** The sockets of each of these processes, in one look at all. */
function socketsOf({ sockets, processes }: View, judged: readonly Judged[]): HeldSockets[] {
  const { table, owner, ageSeconds, ageExact } = sockets;
  const held = judged.map(() => new HeldSockets(ageSeconds));
  if (judged.length === 0) return held;
  const byOwner = Array.from(processes, (): HeldSockets | null => null);
  for (const [i, { index }] of judged.entries()) byOwner[index] = held[i]!;
  for (let row = 0; row < table.count; row++) {
    const index = owner[row]!;
    if (index >= 0) byOwner[index]?.add(row, table.state[row]!, ageSeconds[row]!, ageExact[row] === 1);
  }
  return held;
}

/** The TCP sockets of one process: there may be a million of them. */
class HeldSockets {
  count = 0;
  established = 0;
  closeWait = 0;
  oldestAgeSeconds = 0;
  ageExact = false;
  readonly oldest: OldestRows;

  constructor(ageSeconds: Float64Array) {
    this.oldest = new OldestRows(ageSeconds);
  }

  add(row: number, state: number, age: number, exact: boolean): void {
    this.count++;
    if (state === KERNEL_STATE.ESTABLISHED) this.established++;
    else if (state === KERNEL_STATE.CLOSE_WAIT) this.closeWait++;
    this.oldest.add(row);
    if (age < this.oldestAgeSeconds) return;
    this.ageExact = exact || (this.ageExact && age === this.oldestAgeSeconds);
    this.oldestAgeSeconds = age;
  }
}

function detection(options: Options, judged: Judged, sockets: HeldSockets): Detection {
  const { process, used, limit, trend, cause, labels } = judged;
  const forecast = exhaustion('descriptors', used, limit, [trend]);
  return {
    severity: used >= options.criticalRatio * limit ? 'critical' : 'warning',
    cause,
    labels,
    count: Math.max(1, sockets.count),
    oldestAgeSeconds: sockets.oldestAgeSeconds,
    ageExact: sockets.ageExact,
    evidence: {
      descriptorsUsed: used,
      descriptorLimit: limit,
      usedRatio: used / limit,
      tcpSockets: sockets.count,
      established: sockets.established,
      closeWait: sockets.closeWait,
      growthPerMinute: perMinute(trend),
      growthWindowSeconds: trend?.windowSeconds ?? null,
      growing: growsBy(trend) > 0,
      ...(process.unit && { unit: process.unit }),
      ...(process.container && { container: process.container }),
    },
    ...(forecast && { forecast }),
    certainty: 'certain',
    rows: sockets.oldest.rows,
    filter: `pid = ${process.pid}`,
  };
}
