/**
 * The observer process: one pass is collect → track → detect, and gives one Observation.
 * It opens no port and writes no file; it talks to the server over the channel it was forked with, and ends with it.
 */
import { randomUUID } from 'node:crypto';
import { readCounters } from './collect/counters.ts';
import { readLimits } from './collect/limits.ts';
import { createOwners, type OwnerColumns } from './collect/owners.ts';
import { procNetTcp } from './collect/proc-net-tcp.ts';
import { runDetectors, undecidedDetectors } from './detect/index.ts';
import { createLog } from './log.ts';
import type { ObserverConfig } from './model/config.ts';
import type { Finding } from './model/finding.ts';
import { QUERY_TIMEOUT_SECONDS, type FromObserver, type Query, type ToObserver } from './model/ipc.ts';
import type { Observation } from './model/observation.ts';
import { NO_LIMITS, OWNER_GAPS, type View } from './model/snapshot.ts';
import { SocketTable, type SocketRead } from './model/socket-table.ts';
import type { Log } from './model/units.ts';
import { createQueryQueue } from './query-queue.ts';
import { createFindingMemory } from './track/findings.ts';
import { queryGroups, querySockets } from './track/query.ts';
import { summarize } from './track/summary.ts';
import { createTracker } from './track/tracker.ts';
import { createUnitRunner } from './unit-runner.ts';

export interface Observer {
  pass(signal: AbortSignal): Promise<Observation>;
  /** Of the newest pass, and not while another is under way; null where that one could not read the sockets. */
  answer(query: Query): Extract<FromObserver, { type: 'answer' }>['answer'] | null;
}

export function createObserver(config: ObserverConfig, log: Log): Observer {
  const { procfs, intervalSeconds, detectors } = config;
  const source = procNetTcp(procfs);
  const owners = createOwners(procfs);
  const tracker = createTracker();
  const memory = createFindingMemory();
  const collectors = createUnitRunner(log);
  const epoch = randomUUID();
  let sequence = 0;
  let findings: readonly Finding[] = [];
  let newest: { view: View; at: number } | null = null;
  /** What the last two passes took. */
  let took = { last: 0, before: 0 };

  return {
    async pass(signal) {
      const begin = performance.now();
      const at = Date.now();
      newest = null;
      // Of two, so that one pass which was held up is still seen as a gap.
      const widenedSeconds = Math.max(intervalSeconds, 2 * Math.min(took.last, took.before));

      const sockets = await collectors.run(source.name, () => source.read(signal), whatIsMissing);
      const read = sockets ?? NOTHING_READ;
      if (read.badRows > 0)
        log.debug({ rows: read.badRows, samples: read.badRowSamples }, 'bad rows skipped');
      const counted = await collectors.run('counters', () => readCounters(procfs), firstError);
      const limited = await collectors.run('limits', () => readLimits(procfs), firstError);
      const walked = await collectors.run('owners', () => owners.update(read.table, begin / 1000));
      const owned = walked ?? nobody(read.table.count);

      const { table, complete } = read;
      const pass = tracker.update({
        table,
        complete,
        owners: owned,
        limits: limited?.limits ?? NO_LIMITS,
        counters: counted?.counters ?? {},
        monotonicSeconds: begin / 1000,
        intervalSeconds: widenedSeconds,
      });
      if (sockets) newest = { view: pass.view, at };

      // A pass that misses rows or owners must not end a finding, or give it another name: what was found before stands.
      const detected = complete && walked ? runDetectors(pass.view, detectors, seconds) : null;
      if (detected) findings = memory.update(detected.findings, { at, monotonicSeconds: begin / 1000 });
      const passSeconds = seconds() - begin / 1000;
      took = { last: passSeconds, before: took.last };

      return {
        ...summarize(pass.view, {
          processesDenied: owned.processesDenied,
          missingCapabilities: owned.missingCapabilities,
          processesHidden: owned.processesHidden,
        }),
        epoch,
        sequence: ++sequence,
        at,
        monotonicSeconds: begin / 1000,
        watchedSeconds: pass.watchedSeconds,
        intervalSeconds: widenedSeconds,
        gapSeconds: pass.gapSeconds,
        complete,
        source: { name: source.name, why: WHY_PROC },
        flows: pass.flows,
        findings,
        undecided: undecidedDetectors(detectors, pass.watchedSeconds, detected?.units ?? null),
        units: [...collectors.take(), ...(detected?.units ?? [])],
        cost: { cpuSecondsTotal: cpuSeconds(), passSeconds },
      };
    },
    answer(query) {
      if (!newest) return null;
      if (query.kind === 'sockets') return querySockets(newest.view, query, newest.at);
      return queryGroups(newest.view, query, newest.at);
    },
  };
}

const UNREAD = 'the sockets could not be read';

const WHY_PROC = 'the only source of this version';

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

/** The observer never takes more than half of the time: a pass begins no sooner after the last than that one took. */
function pauseMs(intervalSeconds: number, tookSeconds: number): number {
  return Math.max(intervalSeconds - tookSeconds, tookSeconds) * 1000;
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
    await queries.serve(pauseMs(config.intervalSeconds, observation.cost.passSeconds));
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
