/**
 * The observer process: one pass is collect → track → detect, and gives one Observation.
 * It opens no port and writes no file; it talks to the server over the channel it was forked with, and ends with it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCounters } from './collect/counters.ts';
import { readLimits } from './collect/limits.ts';
import { createOwners, type OwnerColumns } from './collect/owners.ts';
import { procNetTcp } from './collect/proc-net-tcp.ts';
import { runDetectors, undecidedDetectors } from './detect/index.ts';
import { createLog } from './log.ts';
import type { ObserverConfig } from './model/config.ts';
import type { Finding } from './model/finding.ts';
import type { FromObserver, Query, ToObserver } from './model/ipc.ts';
import type { Observation } from './model/observation.ts';
import { NO_LIMITS, OWNER_GAPS, type View } from './model/snapshot.ts';
import { SocketTable, type SocketRead } from './model/socket-table.ts';
import type { Log } from './model/units.ts';
import { createFindingMemory } from './track/findings.ts';
import { queryGroups, querySockets } from './track/query.ts';
import { summarize } from './track/summary.ts';
import { createTracker } from './track/tracker.ts';
import { createUnitRunner } from './unit-runner.ts';

export interface Observer {
  pass(signal: AbortSignal): Promise<Observation>;
  /** Of the newest pass; throws before the first. */
  answer(query: Query): Extract<FromObserver, { type: 'answer' }>['answer'];
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

  return {
    async pass(signal) {
      const begin = performance.now();
      const at = Date.now();

      const read =
        (await collectors.run(source.name, () => source.read(signal), whyIncomplete)) ?? NOTHING_READ;
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
        intervalSeconds,
      });
      newest = { view: pass.view, at };

      // A pass that misses rows or owners must not end a finding, or give it another name: what was found before stands.
      const detected = complete && walked ? runDetectors(pass.view, detectors, seconds) : null;
      if (detected) findings = memory.update(detected.findings, { at, monotonicSeconds: begin / 1000 });

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
        intervalSeconds,
        gapSeconds: pass.gapSeconds,
        complete,
        source: { name: source.name, why: WHY_PROC },
        flows: pass.flows,
        findings,
        undecided: undecidedDetectors(detectors, pass.watchedSeconds, detected?.units ?? []),
        units: [...collectors.take(), ...(detected?.units ?? [])],
        cost: { cpuSecondsTotal: cpuSeconds(), passSeconds: seconds() - begin / 1000 },
      };
    },
    answer(query) {
      if (!newest) throw new Error('no pass is finished yet');
      if (query.kind === 'sockets') return querySockets(newest.view, query, newest.at);
      return queryGroups(newest.view, query, newest.at);
    },
  };
}

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

function whyIncomplete({ complete, incompleteReason }: SocketRead): string | null {
  return complete ? null : (incompleteReason ?? 'rows are missing');
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

function send(message: FromObserver): void {
  // The channel may close at any moment; `disconnect` ends this process then.
  if (process.connected) process.send?.(message, () => undefined);
}

async function watch(config: ObserverConfig): Promise<never> {
  const log = createLog(config.log, 'observer');
  const observer = createObserver(config, log);
  process.on('message', (message: ToObserver) => {
    if (message.type !== 'query') return;
    const { id, query } = message;
    try {
      send({ type: 'answer', id, answer: observer.answer(query) });
    } catch (error) {
      send({ type: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  });
  const never = new AbortController().signal;
  for (;;) {
    const observation = await observer.pass(never);
    send({ type: 'observation', observation });
    await sleep(pauseMs(config.intervalSeconds, observation.cost.passSeconds));
  }
}

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
