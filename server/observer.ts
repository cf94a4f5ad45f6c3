/**
 * The observer process: one pass is collect → track → detect, and gives one Observation.
 * It opens no port and writes no file; it talks to the server over the channel it was forked with, and ends with it.
 */
import { randomUUID } from 'node:crypto';
import { readCounters } from './collect/counters.ts';
import { readLimits } from './collect/limits.ts';
import { createOwners, type OwnerColumns } from './collect/owners.ts';
import { chooseSource, type SourceChoice } from './collect/source-choice.ts';
import { runDetectors, undecidedDetectors } from './detect/index.ts';
import { createLog } from './log.ts';
import type { ObserverConfig } from './model/config.ts';
import type { Finding } from './model/finding.ts';
import { QUERY_TIMEOUT_SECONDS, type FromObserver, type Query, type ToObserver } from './model/ipc.ts';
import type { Observation, PassKind } from './model/observation.ts';
import { NO_LIMITS, OWNER_GAPS, type View } from './model/snapshot.ts';
import { SocketTable, type SocketRead } from './model/socket-table.ts';
import type { Log, Source } from './model/units.ts';
import { PassSchedule } from './pass-schedule.ts';
import { createQueryQueue } from './query-queue.ts';
import { countWithoutEstablished, type CountersBefore } from './track/counts.ts';
import { createFindingMemory } from './track/findings.ts';
import { queryGroups, querySockets } from './track/query.ts';
import { summarize } from './track/summary.ts';
import { createTracker } from './track/tracker.ts';
import { createUnitRunner } from './unit-runner.ts';

export interface Observer {
  /** Of the kind that is due, or of the one asked for. One at a time. */
  pass(signal: AbortSignal, kind?: PassKind): Promise<Observation>;
  /** When the next pass is due, on the clock of performance.now(), in seconds. */
  nextAtSeconds(): number;
  /** Of the newest full pass, and not while a pass is under way; null where that one could not read the sockets. */
  answer(query: Query): Extract<FromObserver, { type: 'answer' }>['answer'] | null;
}

export function createObserver(config: ObserverConfig, log: Log): Observer {
  const { procfs, detectors } = config;
  const owners = createOwners(procfs);
  const tracker = createTracker();
  const memory = createFindingMemory();
  const collectors = createUnitRunner(log);
  const schedule = new PassSchedule(config.intervalSeconds, config.cpuBudget);
  const epoch = randomUUID();
  let choice: SourceChoice | undefined;
  let sequence = 0;
  let findings: readonly Finding[] = [];
  let newest: { view: View; at: number; source: Source } | null = null;
  /** The last full pass that was complete. */
  let lastFull: Observation | null = null;
  let countersBefore: CountersBefore | null = null;

  /** Reads, and where the source has to be given up, reads again from another. */
  async function read(choice: SourceChoice, method: 'read' | 'readUnestablished', signal: AbortSignal) {
    for (;;) {
      const source = choice.pick(seconds());
      const work = () => (source[method] ?? source.read)(signal);
      const result = await collectors.run(source.name, work, whatIsMissing);
      if (result?.complete) choice.worked();
      else if (choice.failed(collectors.errorOf(source.name), seconds())) continue;
      if (result && result.badRows > 0) {
        log.debug({ rows: result.badRows, samples: result.badRowSamples }, 'bad rows skipped');
      }
      return { source, ...(result ?? NOTHING_READ), isRead: result !== undefined };
    }
  }

  function readCountersNow() {
    return collectors.run('counters', () => readCounters(procfs), firstError);
  }

  async function fullPass(choice: SourceChoice, { at, begin }: Instant, signal: AbortSignal) {
    newest = null;
    const { source, table, complete, isRead } = await read(choice, 'read', signal);
    const counters = (await readCountersNow())?.counters ?? {};
    const limited = await collectors.run('limits', () => readLimits(procfs), firstError);
    const walked = await collectors.run('owners', () => owners.update(table, begin));
    const owned = walked ?? nobody(table.count);

    const pass = tracker.update({
      table,
      source: source.name,
      complete,
      owners: owned,
      limits: limited?.limits ?? NO_LIMITS,
      counters,
      monotonicSeconds: begin,
      intervalSeconds: schedule.usualFullSeconds,
    });
    if (isRead) newest = { view: pass.view, at, source };
    countersBefore = { counters, monotonicSeconds: begin };

    // A pass that misses rows or owners must not end a finding, or give it another name: what was found before stands.
    const detected = complete && walked ? runDetectors(pass.view, detectors, seconds) : null;
    if (detected) findings = memory.update(detected.findings, { at, monotonicSeconds: begin });

    return {
      ...summarize(pass.view, {
        processesDenied: owned.processesDenied,
        missingCapabilities: owned.missingCapabilities,
        processesHidden: owned.processesHidden,
      }),
      source: { name: source.name, why: choice.why() },
      fullAt: at,
      watchedSeconds: pass.watchedSeconds,
      gapSeconds: pass.gapSeconds,
      complete,
      flows: pass.flows,
      findings,
      undecided: undecidedDetectors(detectors, pass.watchedSeconds, detected?.units ?? null),
      units: [...collectors.take(), ...(detected?.units ?? [])],
    };
  }

  /** What the last full pass said, with the counts of now. */
  async function countsPass(
    choice: SourceChoice,
    last: Observation,
    { begin }: Instant,
    signal: AbortSignal,
  ) {
    const { source, table, complete } = await read(choice, 'readUnestablished', signal);
    const counters = (await readCountersNow())?.counters ?? {};
    const input = { table, counters, monotonicSeconds: begin };
    const counts = complete ? countWithoutEstablished(input, countersBefore) : null;
    if (counts) countersBefore = { counters, monotonicSeconds: begin };
    const fresh = collectors.take();
    return {
      ...last,
      ...counts,
      source: { name: source.name, why: choice.why() },
      watchedSeconds: last.watchedSeconds + begin - last.monotonicSeconds,
      gapSeconds: null,
      complete: counts !== null,
      units: [...fresh, ...last.units.filter(({ name }) => !fresh.some((unit) => unit.name === name))],
    };
  }

  return {
    async pass(signal, wanted) {
      const cpuBefore = cpuSeconds();
      choice ??= await chooseSource(config, log);
      const instant = { at: Date.now(), begin: seconds() };
      const due = wanted ?? schedule.next(instant.begin);
      const countable = choice.pick(instant.begin).readUnestablished !== undefined;
      const kind: PassKind = due === 'counts' && lastFull && countable ? 'counts' : 'full';
      const said =
        kind === 'counts' && lastFull
          ? await countsPass(choice, lastFull, instant, signal)
          : await fullPass(choice, instant, signal);

      const end = seconds();
      schedule.ended({
        kind,
        beginSeconds: instant.begin,
        endSeconds: end,
        cpuSeconds: cpuSeconds() - cpuBefore,
        countsAreCheap: countable && said.sockets.byState.ESTABLISHED * 2 > said.sockets.total,
      });
      const observation: Observation = {
        ...said,
        epoch,
        sequence: ++sequence,
        at: instant.at,
        kind,
        monotonicSeconds: instant.begin,
        intervalSeconds: schedule.nextAtSeconds - instant.begin,
        passes: { full: schedule.full, counts: schedule.counts },
        cost: { cpuSecondsTotal: cpuSeconds(), passSeconds: end - instant.begin },
      };
      if (kind === 'full' && observation.complete) lastFull = observation;
      return observation;
    },
    nextAtSeconds: () => schedule.nextAtSeconds,
    answer(query) {
      if (!newest) return null;
      const { view, at, source } = newest;
      if (query.kind === 'sockets') return querySockets(view, query, at, source.inspect);
      return queryGroups(view, query, at);
    },
  };
}

/** When a pass began: wall clock in milliseconds since 1970, and monotonic seconds. */
interface Instant {
  readonly at: number;
  readonly begin: number;
}

const UNREAD = 'the sockets could not be read';

const seconds = () => performance.now() / 1000;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const NOTHING_READ: SocketRead = {
  table: new SocketTable(0),
  complete: false,
  duplicates: 0,
  badRows: 0,
  badRowSamples: [],
};

function whatIsMissing({ complete, incompleteReason, badRows }: SocketRead): string | null {
  if (!complete) return incompleteReason ?? 'rows are missing';
  // Without their number, which changes from pass to pass: what failed is logged once.
  return badRows > 0 ? 'some rows cannot be parsed; --log.level=debug shows them' : null;
}

function firstError({ errors }: { readonly errors: readonly string[] }): string | null {
  return errors[0] ?? null;
}

/** Where the walk of descriptors failed as a whole. */
function nobody(rows: number): OwnerColumns {
  return {
    owner: new Int32Array(rows).fill(-1),
    ownerGap: new Uint8Array(rows).fill(OWNER_GAPS.indexOf('pending')),
    processes: [],
    processesDenied: 0,
    missingCapabilities: [],
    processesHidden: false,
  };
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
  const observer = createObserver(config, log);
  const queries = createQueryQueue<Question>(async ({ id, query }) => {
    try {
      const answer = observer.answer(query);
      await send(answer ? { type: 'answer', id, answer } : { type: 'unavailable', id, reason: UNREAD });
    } catch (error) {
      await send({ type: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }, QUERY_TIMEOUT_SECONDS * 1000);
  process.on('message', (message: ToObserver) => {
    if (message.type === 'query') queries.add(message);
  });
  const never = new AbortController().signal;
  for (;;) {
    const observation = await observer.pass(never);
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
