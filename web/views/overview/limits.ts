import type { LiveState } from '../../../server/model/live.ts';
import { usablePorts, OWN_NAMESPACE } from '../../../server/model/snapshot.ts';

export type LimitName =
  'ports' | 'descriptors' | 'accept_queue' | 'time_wait' | 'orphans' | 'memory' | 'conntrack';

/** Who is nearest to a limit that each has for itself. */
type Whose =
  | {
      readonly kind: 'destination';
      readonly netns: string;
      readonly localAddress: string;
      readonly remoteAddress: string;
      readonly remotePort: number;
    }
  | { readonly kind: 'process'; readonly name: string; readonly pid: number }
  | {
      readonly kind: 'listener';
      readonly netns: string;
      readonly address: string;
      readonly port: number;
      readonly process: string | null;
    }
  | { readonly kind: 'namespace'; readonly netns: string };

export type Level = 'warning' | 'critical';

/** From which share on the detectors speak. The bar's whole length is `ratio` 1. */
interface Mark {
  readonly ratio: number;
  readonly level: Level;
}

/** `unreadable`: one of the two numbers is not to be had. `nobody`: there is nothing that could use it. */
type Unknown = 'unreadable' | 'nobody';

export interface Limit {
  readonly name: LimitName;
  /** null where it is not known; so `max`. */
  readonly used: number | null;
  readonly max: number | null;
  /** Of what the limit allows; null where it cannot be told. */
  readonly ratio: number | null;
  readonly level: Level | null;
  readonly marks: readonly Mark[];
  readonly whose: Whose | null;
  readonly unknown: Unknown | null;
}

/** The detectors' defaults. Their schema would bring its whole library to the page; a test holds these to it. */
export const THRESHOLDS = {
  ports: { warning: 0.5, critical: 0.8 },
  descriptors: { warning: 0.8, critical: 0.95 },
  accept_queue: { warning: 0.8, critical: 1 },
  time_wait: { warning: 0.9, critical: 1 },
  orphans: { warning: 0.25, critical: 0.5 },
  conntrack: { warning: 0.8, critical: 0.95 },
} as const satisfies Partial<Record<LimitName, Readonly<Record<Level, number>>>>;

type Observed = Pick<
  LiveState,
  'ports' | 'processes' | 'listeners' | 'namespaces' | 'sockets' | 'limits' | 'sockstat' | 'conntrackEntries'
>;

/** What runs out on a host, each against the kernel's real limit; of what each process or place has for itself, the fullest. */
export function limitsOf(state: Observed): Limit[] {
  const limits = [
    portsOf(state),
    descriptorsOf(state),
    acceptQueueOf(state),
    timeWaitOf(state),
    orphansOf(state),
    memoryOf(state),
  ];
  const conntrack = conntrackOf(state);
  return conntrack ? [...limits, conntrack] : limits;
}

function portsOf({ ports, limits }: Observed): Limit {
  const worst = fullest(ports, ({ used, usable }) => (usable === null ? null : used / usable));
  if (worst) {
    const { netns, localAddress, remoteAddress, remotePort, used, usable } = worst;
    const whose = { kind: 'destination', netns, localAddress, remoteAddress, remotePort } as const;
    return limitOf('ports', used, usable, { whose });
  }
  return limitOf('ports', ports.length === 0 ? 0 : null, usablePorts(limits));
}

function descriptorsOf({ processes }: Observed): Limit {
  const worst = fullest(processes, ({ descriptors, descriptorLimit }) =>
    descriptors === null || !descriptorLimit ? null : descriptors / descriptorLimit,
  );
  if (!worst) return nothing('descriptors', processes.length === 0 ? 'nobody' : 'unreadable');
  const { name, pid, descriptors, descriptorLimit } = worst;
  return limitOf('descriptors', descriptors, descriptorLimit, { whose: { kind: 'process', name, pid } });
}

/** The kernel takes one more than the maximum: full is one above it. */
function acceptQueueOf({ listeners }: Observed): Limit {
  const ratioOf = ({ acceptQueue, acceptQueueMax }: Observed['listeners'][number]) =>
    acceptQueueMax === null ? null : acceptQueue / (acceptQueueMax + 1);
  const worst = fullest(listeners, ratioOf);
  if (!worst) return nothing('accept_queue', listeners.length === 0 ? 'nobody' : 'unreadable');
  const { netns, address, port, process, acceptQueue, acceptQueueMax } = worst;
  return limitOf('accept_queue', acceptQueue, acceptQueueMax, {
    ratio: ratioOf(worst),
    whose: { kind: 'listener', netns, address, port, process: process?.name ?? null },
  });
}

/** Each network namespace has a table of its own. */
function timeWaitOf({ namespaces, sockets, limits }: Observed): Limit {
  const worst = fullest(namespaces, ({ byState, limits: { maxTimeWait }, readAt }) =>
    !maxTimeWait || readAt === null ? null : byState.TIME_WAIT / maxTimeWait,
  );
  if (!worst) return limitOf('time_wait', sockets.byState.TIME_WAIT, limits.maxTimeWait);
  const { name, byState, limits: own } = worst;
  return limitOf('time_wait', byState.TIME_WAIT, own.maxTimeWait, {
    whose: name === OWN_NAMESPACE ? null : { kind: 'namespace', netns: name },
  });
}

function orphansOf({ sockstat, limits }: Observed): Limit {
  return limitOf('orphans', sockstat?.orphans ?? null, limits.maxOrphans);
}

/** The kernel's own thresholds: above the second number of tcp_mem it saves memory, above the third it refuses it. */
function memoryOf({ sockstat, limits: { memoryPages } }: Observed): Limit {
  const used = sockstat?.memoryPages ?? null;
  if (used === null || !memoryPages?.high) return nothing('memory', 'unreadable', used);
  const { pressure, high } = memoryPages;
  const marks: Mark[] = [
    { ratio: pressure / high, level: 'warning' },
    { ratio: 1, level: 'critical' },
  ];
  const level = used > high ? 'critical' : used > pressure ? 'warning' : null;
  return { name: 'memory', used, max: high, ratio: used / high, level, marks, whose: null, unknown: null };
}

/** null where connections are not tracked; a limit of 0 is none. */
function conntrackOf({ conntrackEntries, limits: { maxConntrack } }: Observed): Limit | null {
  return conntrackEntries === null || !maxConntrack
    ? null
    : limitOf('conntrack', conntrackEntries, maxConntrack);
}

function limitOf(
  name: keyof typeof THRESHOLDS,
  used: number | null,
  max: number | null,
  { ratio: given, whose = null }: { ratio?: number | null; whose?: Whose | null } = {},
): Limit {
  if (used === null || !max) return nothing(name, 'unreadable', used);
  const { warning, critical } = THRESHOLDS[name];
  const ratio = given ?? used / max;
  const level = ratio >= critical ? 'critical' : ratio >= warning ? 'warning' : null;
  const marks: Mark[] = [
    { ratio: warning, level: 'warning' },
    { ratio: critical, level: 'critical' },
  ];
  return { name, used, max, ratio, level, marks, whose, unknown: null };
}

function nothing(name: LimitName, unknown: Unknown, used: number | null = null): Limit {
  return { name, used, max: null, ratio: null, level: null, marks: [], whose: null, unknown };
}

/** The one with the largest ratio, of those that have one; the first of those alike. */
function fullest<T>(all: readonly T[], ratioOf: (one: T) => number | null): T | null {
  let best: T | null = null;
  let most = -1;
  for (const one of all) {
    const ratio = ratioOf(one) ?? -1;
    if (ratio > most) {
      best = one;
      most = ratio;
    }
  }
  return best;
}
