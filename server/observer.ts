/**
 * The observer process: one pass is collect → track → detect, and gives one Observation.
 * It opens no port and writes no file; it talks to the server over the channel it was forked with, and ends with it.
 */
import { randomUUID } from 'node:crypto';
import { createOwners } from './collect/owners.ts';
import { createLog } from './log.ts';
import type { TcpInfo } from './model/api.ts';
import type { ObserverConfig } from './model/config.ts';
import type { Finding } from './model/finding.ts';
import {
  QUERY_TIMEOUT_SECONDS,
  type Answer,
  type FromObserver,
  type Query,
  type ToObserver,
} from './model/ipc.ts';
import {
  MAX_CONSIDERED,
  MAX_NAMESPACES,
  type Observation,
  type PassKind,
  type UnitHealth,
} from './model/observation.ts';
import { OWN_NAMESPACE } from './model/snapshot.ts';
import type { SocketTable } from './model/socket-table.ts';
import type { Log } from './model/units.ts';
import { namespaceSummary, type Said, type Shared } from './namespace-watch.ts';
import { createOtherNamespaces } from './other-namespaces.ts';
import { createOwnNamespace } from './own-namespace.ts';
import { PassSchedule } from './pass-schedule.ts';
import { createQueryQueue } from './query-queue.ts';
import { combine } from './track/combine.ts';
import type { Counts } from './track/counts.ts';
import { createFindingMemory } from './track/findings.ts';
import { queryGroups } from './track/groups.ts';
import { querySockets } from './track/query.ts';
import { querySheet } from './track/sheet.ts';
import { socketRow } from './track/socket-row.ts';
import { findingsOf, findSocket, statesOf, tableOfOne } from './track/story.ts';
import { createUnitRunner } from './unit-runner.ts';

export interface Observer {
  /** Of the kind that is due, or of the one asked for. One at a time. */
  pass(signal: AbortSignal, kind?: PassKind): Promise<Observation>;
  /** When the next pass is due, on the clock of performance.now(), in seconds. */
  nextAtSeconds(): number;
  /** Of the newest full pass; null where that one could not read the sockets. Possible while a pass is under way. */
  answer(query: Query): Promise<Answer | null>;
}

/** Of the CPU budget, so much goes to the other network namespaces where they are watched. */
const OTHERS_SHARE = 0.5;

/** `elsewhereSeconds`: CPU time that this process spent on other things than passes so far: it is not in their budget. */
export function createObserver(config: ObserverConfig, log: Log, elsewhereSeconds = () => 0): Observer {
  const cpuOfPasses = () => cpuSeconds() - elsewhereSeconds();
  const collectors = createUnitRunner(log);
  const memory = createFindingMemory();
  const shared: Shared = {
    owners: createOwners(config.procfs),
    // From the time on: after a restart no id shall name another socket than it did before.
    ids: { last: Date.now() * 1000 },
    clock: seconds,
    cpuClock: cpuOfPasses,
  };
  const own = createOwnNamespace(config, shared, collectors, log);
  const all = config.namespaces === 'all';
  const others = all ? createOtherNamespaces(config, config.cpuBudget * OTHERS_SHARE, shared) : null;
  const schedule = new PassSchedule(config.intervalSeconds, config.cpuBudget * (all ? 1 - OTHERS_SHARE : 1));
  const epoch = randomUUID();
  let sequence = 0;
  let lastComplete: Said | null = null;
  let units: readonly UnitHealth[] = [];
  let standing: readonly Finding[] = [];

  /** What the kernel tells of the sockets of a namespace now, by row; nothing where it cannot be asked. */
  async function inspect(namespace: string, table: SocketTable): Promise<(TcpInfo | null)[]> {
    const inspector = namespace === OWN_NAMESPACE ? own : await others?.inspector(namespace);
    const told = Array.from({ length: table.count }, (_, row) => inspector?.inspect?.(table, row) ?? null);
    if (inspector && 'close' in inspector) inspector.close();
    return told;
  }

  return {
    async pass(signal, wanted) {
      const cpuBefore = cpuOfPasses();
      const instant = { at: Date.now(), begin: seconds() };
      const due = wanted ?? schedule.next(instant.begin);
      const countable = await own.countable(instant.begin);

      let kind: PassKind = 'full';
      let said: Said;
      let counts: Counts | null = null;
      if (due === 'counts' && lastComplete && countable) {
        kind = 'counts';
        said = lastComplete;
        counts = await own.counts(instant, signal);
      } else {
        said = await own.full(instant, signal, others?.ownPids ?? null, schedule.usualFullSeconds);
        if (said.complete) lastComplete = said;
      }
      if (others) {
        await collectors.run(
          'namespaces',
          () => others.pass(instant, signal),
          () => others.error,
        );
      }

      const end = seconds();
      const part = { ...said.part, ...counts };
      schedule.ended({
        kind,
        beginSeconds: instant.begin,
        endSeconds: end,
        cpuSeconds: cpuOfPasses() - cpuBefore - (others?.cpuSeconds ?? 0),
        countsAreCheap: countable && part.sockets.byState.ESTABLISHED * 2 > part.sockets.total,
      });
      const complete = kind === 'full' ? said.complete : counts !== null;
      const source = kind === 'full' ? said.source : own.source();
      const intervalSeconds = schedule.nextAtSeconds - instant.begin;
      const ran = collectors.take();
      units = kind === 'full' ? [...ran, ...said.detectors] : renewed(units, ran);

      const elsewhere = others?.said() ?? [];
      const findings = [...said.findings, ...elsewhere.flatMap(({ findings }) => findings)];
      standing = memory.update(findings, { at: instant.at, monotonicSeconds: instant.begin });
      const named = {
        name: OWN_NAMESPACE,
        kind: 'host' as const,
        inode: others?.ownInode ?? null,
        processes: others?.ownPids?.length ?? null,
      };
      const namespaces = [
        namespaceSummary(named, { instant, part, source, complete }, intervalSeconds, null),
        ...(others?.summaries() ?? []),
      ];
      return {
        ...combine(
          part,
          elsewhere.map(({ part }) => part),
        ),
        epoch,
        sequence: ++sequence,
        at: instant.at,
        kind,
        fullAt: said.instant.at,
        monotonicSeconds: instant.begin,
        watchedSeconds: said.watchedSeconds + instant.begin - said.instant.begin,
        gapSeconds: kind === 'full' ? said.gapSeconds : null,
        complete,
        source,
        findings: standing,
        considered: [...said.considered, ...elsewhere.flatMap(({ considered }) => considered)].slice(
          0,
          MAX_CONSIDERED,
        ),
        undecided: said.undecided,
        undecidedNamespaces: others?.undecided() ?? [],
        namespaces: namespaces.slice(0, MAX_NAMESPACES),
        namespacesTotal: namespaces.length,
        units,
        intervalSeconds,
        passes: { full: schedule.full, counts: schedule.counts },
        cost: { cpuSecondsTotal: cpuSeconds(), passSeconds: end - instant.begin },
      };
    },
    nextAtSeconds: () => schedule.nextAtSeconds,
    async answer(query) {
      const { view, readAt } = own;
      if (!view || readAt === null) return null;
      const views = [view, ...(others?.views() ?? [])];
      switch (query.kind) {
        case 'groups':
          return queryGroups(views, query, readAt);
        case 'sheet':
          return querySheet(views, query, { sequence, at: readAt });
        case 'sockets': {
          const { answer, bySource } = querySockets(views, query, readAt);
          for (const { namespace, table, index } of bySource) {
            const told = await inspect(namespace, table);
            for (const [row, i] of index.entries()) answer.rows[i]!.tcpInfo = told[row]!;
          }
          return answer;
        }
        case 'story': {
          const found = findSocket(views, query.id);
          if (!found) return { story: null };
          const socket = socketRow(found.view, found.row);
          const story = {
            at: new Date(readAt).toISOString(),
            socket,
            states: statesOf(found, readAt),
            findings: findingsOf(found, standing),
          };
          const [told] = await inspect(found.view.namespace, tableOfOne(found));
          socket.tcpInfo = told ?? null;
          return { story };
        }
      }
    },
  };
}

/** The units of the last full pass, those that ran again since as they are now. */
function renewed(before: readonly UnitHealth[], fresh: readonly UnitHealth[]): UnitHealth[] {
  return [...fresh, ...before.filter(({ name }) => !fresh.some((unit) => unit.name === name))];
}

const UNREAD = 'the sockets could not be read';

const seconds = () => performance.now() / 1000;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Resolves when the channel has taken the message whole: while the server is stopped or busy there is no next one, which
 * would pile up here. The channel may close at any moment; `disconnect` ends this process then.
 */
function send(message: FromObserver): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
  });
}

async function watch(config: ObserverConfig): Promise<never> {
  const log = createLog(config.log, 'observer');
  const queries = createQueryQueue<Question>(async ({ id, query }) => {
    try {
      const answer = await observer.answer(query);
      await send(answer ? { type: 'answer', id, answer } : { type: 'unavailable', id, reason: UNREAD });
    } catch (error) {
      await send({ type: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }, QUERY_TIMEOUT_SECONDS * 1000);
  const observer = createObserver(config, log, () => queries.cpuSeconds);
  process.on('message', (message: ToObserver) => {
    if (message.type === 'query') queries.add(message);
  });
  const never = new AbortController().signal;
  for (;;) {
    const observation = await queries.serveDuring(observer.pass(never));
    await send({ type: 'observation', observation });
    await queries.serve(Math.max(0, observer.nextAtSeconds() - seconds()) * 1000);
  }
}

type Question = Extract<ToObserver, { type: 'query' }>;

// Forked by the server: otherwise this file is only imported, by tests and benchmarks.
if (process.send) {
  process.once('disconnect', () => process.exit(0));
  process.once('SIGTERM', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the server decides what it means.
  process.on('SIGINT', () => undefined);
  process.once('message', (message: ToObserver) => {
    if (message.type === 'configure') void watch(message.config);
  });
}
