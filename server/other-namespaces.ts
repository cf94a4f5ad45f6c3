/** All network namespaces but the observer's own: which there are, and each read as often as its share of the CPU allows. */
import { createNamespaceReader, type NamespaceReader } from './collect/namespace-reader.ts';
import { createNamespaces, type Namespace, type NamespaceList } from './collect/namespaces.ts';
import type { ObserverConfig } from './model/config.ts';
import type { NamespaceSummary } from './model/observation.ts';
import { NO_LIMITS, type View } from './model/snapshot.ts';
import { SocketTable } from './model/socket-table.ts';
import { zeroByState } from './model/state.ts';
import { NamespaceRounds } from './namespace-rounds.ts';
import { hasStalls } from './track/stalls.ts';
import {
  namespaceSummary,
  watchNamespace,
  type Instant,
  type NamespaceWatch,
  type Said,
  type Shared,
} from './namespace-watch.ts';

/** A namespace as it is known now. */
interface Watched {
  namespace: Namespace;
  readonly watch: NamespaceWatch;
  /** What the next read goes into: never the table of the view, which is queried meanwhile. */
  spare: SocketTable;
  error: string | null;
  /** The last read gave no sockets at all: what was said is older. */
  failed: boolean;
}

export interface OtherNamespaces {
  /** Finds those that are there, and reads those that are due. Rejects where not even a list is to be had. */
  pass(instant: Instant, signal: AbortSignal): Promise<void>;
  /** Processes of the observer's own namespace; null before the first pass. */
  readonly ownPids: readonly number[] | null;
  readonly ownInode: number | null;
  /** One line that says what failed the last time it was tried, or null. */
  readonly error: string | null;
  /** CPU time that the last pass took. */
  readonly cpuSeconds: number;
  said(): Said[];
  summaries(): NamespaceSummary[];
  /** Names of those of which nothing newer is known than what was last said, if anything. */
  undecided(): string[];
  views(): View[];
  /** Of a namespace by its name; null where it has gone. */
  inspector(name: string): ReturnType<NamespaceReader['inspector']>;
}

export function createOtherNamespaces(
  config: ObserverConfig,
  cpuBudget: number,
  { owners, ids, clock, cpuClock }: Shared,
): OtherNamespaces {
  const { procfs, source, intervalSeconds, detectors } = config;
  const list = createNamespaces(procfs);
  const reader = createNamespaceReader(procfs, { source });
  const rounds = new NamespaceRounds(intervalSeconds, cpuBudget);
  const watched = new Map<string, Watched>();
  let own: Namespace | undefined;
  let listError: string | null = null;
  let cpuSeconds = 0;

  function take({ namespaces, errors }: NamespaceList): void {
    own = namespaces.find(({ isOwn }) => isOwn);
    listError = errors[0] ?? null;
    const present = new Map(namespaces.filter(({ isOwn }) => !isOwn).map((each) => [each.key, each]));
    for (const [key, { namespace }] of watched) {
      const now = present.get(key);
      // Its name is its identity for people and for alerts: under another one it is another.
      if (now?.name === namespace.name) continue;
      watched.delete(key);
      owners.forget(key);
    }
    for (const [key, namespace] of present) {
      const known = watched.get(key);
      if (known) known.namespace = namespace;
      else {
        const watch = watchNamespace({ name: namespace.name, several: true, ids, detectors, clock });
        watched.set(key, { namespace, watch, spare: new SocketTable(), error: null, failed: false });
      }
    }
  }

  async function read(key: string, each: Watched, instant: Instant, signal: AbortSignal): Promise<void> {
    const { namespace, watch } = each;
    try {
      const found = await reader.read(namespace, each.spare, signal);
      if (!found) return;
      if (namespace.inode !== null && found.procInode !== null) {
        list.learn({ inode: namespace.inode, procInode: found.procInode });
      }
      const owned = owners.update(found.sockets.table, instant.begin, { key, pids: namespace.pids });
      const tableBefore = watch.view?.sockets.table;
      // Entering it once more costs about a millisecond: only for connections that are in trouble, or may have been for long.
      const worthIt =
        found.source.name === 'sock_diag' && (watch.view === null || hasStalls(found.sockets.table));
      const inspector = worthIt ? await reader.inspector(namespace) : null;
      try {
        const reading = { ...found, owned, inspect: inspector?.inspect };
        watch.take(reading, instant, rounds.intervalOf(key) ?? intervalSeconds);
      } finally {
        inspector?.close();
      }
      each.spare = tableBefore ?? new SocketTable();
      each.failed = false;
      each.error = found.sockets.complete
        ? (found.errors[0] ?? null)
        : (found.sockets.incompleteReason ?? null);
    } catch (thrown) {
      each.error = thrown instanceof Error ? thrown.message : String(thrown);
      each.failed = true;
    }
  }

  /** Of all, whether or not this pass had time for them: it shall not come and go with their turns. */
  function firstError(): string | null {
    for (const { namespace, error } of watched.values()) {
      if (error !== null) return `${namespace.name}: ${error}`;
    }
    return null;
  }

  return {
    async pass(instant, signal) {
      const before = cpuClock();
      let since = before;
      const spent = () => {
        const now = cpuClock();
        const spent = now - since;
        since = now;
        return spent;
      };
      try {
        if (rounds.isListDue(instant.begin)) {
          take(list.list());
          rounds.listed(spent());
        }
        rounds.begin([...watched.keys()], instant.begin);
        for (let key = rounds.next(instant.begin); key !== undefined; key = rounds.next(instant.begin)) {
          const each = watched.get(key);
          if (each) await read(key, each, instant, signal);
          rounds.ended(key, instant.begin, spent());
        }
      } finally {
        cpuSeconds = cpuClock() - before;
      }
    },
    get ownPids() {
      return own?.pids ?? null;
    },
    get ownInode() {
      return own?.inode ?? null;
    },
    get error() {
      return listError ?? firstError();
    },
    get cpuSeconds() {
      return cpuSeconds;
    },
    said: () => [...watched.values()].flatMap(({ watch }) => watch.said ?? []),
    summaries: () =>
      [...watched.entries()]
        .map(([key, { namespace, watch, error, failed }]) => {
          const { name, kind, inode, pids } = namespace;
          const named = { name, kind, inode, processes: pids.length };
          const { said } = watch;
          if (!said) return { ...named, ...UNREAD, error };
          const complete = said.complete && !failed;
          return namespaceSummary(named, { ...said, complete }, rounds.intervalOf(key) ?? null, error);
        })
        .sort(byTrouble),
    undecided: () =>
      [...watched.values()]
        .filter(({ watch: { said }, failed }) => failed || !said?.complete || said.undecided.length > 0)
        .map(({ namespace }) => namespace.name),
    views: () => [...watched.values()].flatMap(({ watch }) => watch.view ?? []),
    async inspector(name) {
      const found = [...watched.values()].find(({ namespace }) => namespace.name === name);
      return found ? reader.inspector(found.namespace) : null;
    },
  };
}

/** Those that fail first, so that they are not cut off; then by sockets. */
function byTrouble(a: NamespaceSummary, b: NamespaceSummary): number {
  const failing = Number(b.error !== null) - Number(a.error !== null);
  return failing || b.sockets - a.sockets || (a.name < b.name ? -1 : 1);
}

const UNREAD: Omit<NamespaceSummary, 'name' | 'kind' | 'inode' | 'processes' | 'error'> = {
  readAt: null,
  intervalSeconds: null,
  source: null,
  complete: false,
  sockets: 0,
  byState: zeroByState(),
  rates: null,
  limits: NO_LIMITS,
};
