import type { Consideration, Detection, Severity } from '../model/finding.ts';
import type { DetectorOptions } from '../model/options.ts';
import { OWNER_GAPS, type Listener, type View } from '../model/snapshot.ts';
import type { Detector } from '../model/units.ts';
import { nearest } from './considered.ts';
import { recently } from './counted.ts';
import { defaultsFor } from './defaults.ts';
import { finite } from './growth.ts';
import { held } from './hold.ts';
import { atListener, isQueueFull, listenerLabels, waitingRows } from './queued.ts';

type Options = DetectorOptions['accept_queue_full'];
type Cause = 'not_accepting' | 'nearly_full' | 'overflowing';

/** As long as a client waits before it sends a dropped SYN again: a queue that is emptied meanwhile has cost nobody anything. */
const CLIENT_RETRY_SECONDS = 1;

/**
 * Listeners whose connections wait for accept(). The queue's maximum is known from sock_diag; where /proc is the source, a
 * queue that does not empty while ListenOverflows rises is taken for the full one.
 *
 * ListenOverflows is of the whole namespace: overflows that no queue seen full explains are told as `bursts`, of port `*`.
 *
 * A listener whose process is being looked for is spoken of when that is found: naming nobody meanwhile would make another
 * finding of it. It may be what explains the overflows.
 */
export const acceptQueueFull: Detector<'accept_queue_full'> = {
  name: 'accept_queue_full',
  defaults: defaultsFor('accept_queue_full'),
  settleSeconds: () => 0,
  detect(view, options, stands) {
    const detections: Detection[] = [];
    const considered: Consideration[] = [];
    const overflows = recently(view, 'TcpExt.ListenOverflows');
    const queues = fullestByLabels(view);
    const someFull = queues.some(({ listener }) => isQueueFull(listener) === true);
    for (const queue of queues) {
      const cause = causeOf(queue, options, { overflows, someFull, standing: stands(queue.labels) });
      if (cause !== null) detections.push(detection(view, options, queue, { cause, overflows }));
      else if (queue.listener.acceptQueue > 0) considered.push(consideration(queue, options));
    }
    const bursts = { role: 'server', port: '*' };
    const isExplained =
      detections.some(({ cause }) => cause === 'overflowing') ||
      view.listeners.some((listener) => listener.acceptQueue > 0 && isOwnerPending(view, listener));
    if (!isExplained && overflows >= held(options.minOverflows, stands(bursts))) {
      detections.push(burst(view, bursts, overflows));
    } else if (!isExplained && overflows > 0) {
      considered.push(rare(bursts, overflows, options));
    }
    return { detections, considered: nearest(considered) };
  },
};

const PENDING = OWNER_GAPS.indexOf('pending');

function isOwnerPending({ sockets }: View, { row }: Listener): boolean {
  return sockets.ownerGap[row] === PENDING;
}

interface Queue {
  readonly listener: Listener;
  readonly labels: Detection['labels'];
  /** Connections in it; empty where another listener at the same place has a longer queue. */
  readonly rows: readonly number[];
  readonly oldestRow: number | undefined;
  readonly oldestWaitSeconds: number;
  /** Listeners of this process at this place (SO_REUSEPORT). */
  readonly listeners: number;
}

function fullestByLabels(view: View): Queue[] {
  const waiting = waitingRows(view);
  const { ageSeconds } = view.sockets;
  const queues = new Map<string, Queue>();
  for (const [index, listener] of view.listeners.entries()) {
    if (isOwnerPending(view, listener)) continue;
    const labels = listenerLabels(view, listener);
    const key = JSON.stringify(labels);
    const known = queues.get(key);
    const listeners = (known?.listeners ?? 0) + 1;
    if (known && known.listener.acceptQueue >= listener.acceptQueue) {
      queues.set(key, { ...known, listeners });
      continue;
    }
    const rows = waiting.get(index) ?? [];
    let oldestRow = rows[0];
    for (const row of rows) if (ageSeconds[row]! > ageSeconds[oldestRow!]!) oldestRow = row;
    const oldestWaitSeconds = oldestRow === undefined ? 0 : ageSeconds[oldestRow]!;
    queues.set(key, { listener, labels, rows, oldestRow, oldestWaitSeconds, listeners });
  }
  return [...queues.values()];
}

interface Signs {
  readonly overflows: number;
  /** A queue of the namespace is seen full. */
  readonly someFull: boolean;
  readonly standing: boolean;
}

function causeOf(queue: Queue, options: Options, { overflows, someFull, standing }: Signs): Cause | null {
  const { listener, oldestWaitSeconds } = queue;
  const { acceptQueue, acceptQueueMax } = listener;
  const full = isQueueFull(listener);
  const stalled = oldestWaitSeconds >= CLIENT_RETRY_SECONDS;
  if (overflows > 0) {
    // Without a maximum: what waits while the counter rises. The queue that was full a moment ago still explains the counter.
    const isIt = full ?? (acceptQueue > 0 && stalled);
    if (isIt && (stalled || overflows >= options.minOverflows)) return 'overflowing';
    if (standing && !someFull && full !== null && overflows >= held(options.minOverflows, true))
      return 'overflowing';
  }
  if (acceptQueueMax !== null && stalled) {
    if (acceptQueue >= held(options.warnRatio, standing) * (acceptQueueMax + 1)) return 'nearly_full';
  }
  return oldestWaitSeconds >= held(options.minWait, standing) ? 'not_accepting' : null;
}

interface Judged {
  readonly cause: Cause;
  readonly overflows: number;
}

function detection(view: View, options: Options, queue: Queue, { cause, overflows }: Judged): Detection {
  const { listener, labels, rows, oldestRow, oldestWaitSeconds, listeners } = queue;
  const { acceptQueue, acceptQueueMax, owner } = listener;
  const process = view.processes[owner];
  return {
    severity: severityOf(queue, cause, options),
    cause,
    labels,
    count: Math.max(1, acceptQueue),
    oldestAgeSeconds: oldestWaitSeconds,
    ageExact: oldestRow !== undefined && view.sockets.ageExact[oldestRow] === 1,
    evidence: {
      acceptQueue,
      acceptQueueMax,
      usedRatio: acceptQueueMax === null ? null : acceptQueue / (acceptQueueMax + 1),
      ...(cause === 'overflowing' && { listenOverflows: overflows, windowSeconds: view.recent.seconds }),
      somaxconn: view.limits.somaxconn,
      ...(listeners > 1 && { listeners }),
      ...(process?.unit && { unit: process.unit }),
      ...(process?.container && { container: process.container }),
      ...(process && {
        descriptorsUsed: process.descriptors,
        descriptorLimit: finite(process.descriptorLimit),
      }),
    },
    // The counter is of the namespace: with a maximum that is not known the queue is only the likeliest.
    certainty: cause === 'overflowing' && acceptQueueMax === null ? 'strong' : 'certain',
    rows,
    filter: atListener(listener, 'state established state close-wait and inode = 0'),
  };
}

/** A full queue that nobody empties lets nobody in, whether somebody has just tried or not: retries grow rare. */
function severityOf({ listener, oldestWaitSeconds }: Queue, cause: Cause, { minWait }: Options): Severity {
  const turnsAway = cause === 'overflowing' && oldestWaitSeconds >= CLIENT_RETRY_SECONDS;
  const standsStill = isQueueFull(listener) === true && oldestWaitSeconds >= minWait;
  return turnsAway || standsStill ? 'critical' : 'warning';
}

function consideration({ listener, labels, oldestWaitSeconds }: Queue, options: Options): Consideration {
  const { acceptQueue, acceptQueueMax } = listener;
  const about = { labels, count: acceptQueue, state: null } as const;
  return acceptQueueMax !== null && acceptQueue >= options.warnRatio * (acceptQueueMax + 1)
    ? {
        ...about,
        reason: 'makes_progress',
        measure: 'seconds',
        value: oldestWaitSeconds,
        threshold: CLIENT_RETRY_SECONDS,
      }
    : {
        ...about,
        reason: 'too_young',
        measure: 'seconds',
        value: oldestWaitSeconds,
        threshold: options.minWait,
      };
}

function burst(view: View, labels: Detection['labels'], overflows: number): Detection {
  const maxima = view.listeners.flatMap(({ acceptQueueMax }) => acceptQueueMax ?? []);
  return {
    severity: 'warning',
    cause: 'bursts',
    labels,
    count: overflows,
    oldestAgeSeconds: 0,
    ageExact: false,
    evidence: {
      listenOverflows: overflows,
      windowSeconds: view.recent.seconds,
      listeners: view.listeners.length,
      acceptQueueMax: maxima.length > 0 ? Math.min(...maxima) : null,
      somaxconn: view.limits.somaxconn,
    },
    certainty: 'certain',
    rows: [],
    filter: 'state listening',
  };
}

function rare(labels: Detection['labels'], overflows: number, { minOverflows }: Options): Consideration {
  return {
    reason: 'rare',
    labels,
    measure: 'sockets',
    value: overflows,
    threshold: minOverflows,
    count: 0,
    state: null,
  };
}
