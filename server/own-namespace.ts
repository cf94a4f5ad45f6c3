/** The network namespace that the observer runs in: read by the best source there is, whole or only to be counted. */
import { readCounters } from './collect/counters.ts';
import { readLimits } from './collect/limits.ts';
import { chooseSource, type SourceChoice } from './collect/source-choice.ts';
import type { ObserverConfig } from './model/config.ts';
import { NO_LIMITS, OWN_NAMESPACE, type View } from './model/snapshot.ts';
import { SocketTable, type SocketRead } from './model/socket-table.ts';
import type { Log, Source } from './model/units.ts';
import { watchNamespace, type Instant, type Said, type Shared } from './namespace-watch.ts';
import { countWithoutEstablished, type Counts, type CountersBefore } from './track/counts.ts';
import type { UnitRunner } from './unit-runner.ts';

export interface OwnNamespace {
  /** Its sockets can be counted without a list of those in ESTABLISHED. */
  countable(nowSeconds: number): Promise<boolean>;
  /** `pids`: of the processes in it, where somebody has listed them. `intervalSeconds`: as for NamespaceWatch. */
  full(
    instant: Instant,
    signal: AbortSignal,
    pids: readonly number[] | null,
    intervalSeconds: number,
  ): Promise<Said>;
  /** null where they are not to be had whole. */
  counts(instant: Instant, signal: AbortSignal): Promise<Counts | null>;
  /** What is read from now on, and why. */
  source(): Said['source'];
  /** null where the last full pass could not read the sockets. */
  readonly view: View | null;
  /** Wall clock of that pass. */
  readonly readAt: number | null;
  readonly inspect: Source['inspect'];
}

export function createOwnNamespace(
  config: ObserverConfig,
  { owners, ids, clock }: Shared,
  collectors: UnitRunner,
  log: Log,
): OwnNamespace {
  const { procfs, detectors } = config;
  const several = config.namespaces === 'all';
  const watch = watchNamespace({ name: OWN_NAMESPACE, several, ids, detectors, clock });
  /** What the next read goes into: never the table of the newest view, which is queried meanwhile. */
  let spare = new SocketTable();
  let choice: SourceChoice | undefined;
  let source: Source | undefined;
  let readAt: number | null = null;
  let countersBefore: CountersBefore | null = null;

  async function choose(): Promise<SourceChoice> {
    return (choice ??= await chooseSource(config, log));
  }

  /** Reads, and where the source has to be given up, reads again from another. */
  async function read(method: 'read' | 'readUnestablished', signal: AbortSignal) {
    const choice = await choose();
    for (;;) {
      const source = choice.pick(clock());
      const work = () => (source[method] ?? source.read)(signal, spare);
      const sockets = await collectors.run(source.name, work, whatIsMissing);
      if (sockets?.complete) choice.worked();
      else if (choice.failed(collectors.errorOf(source.name), clock())) continue;
      if (sockets && sockets.badRows > 0) {
        log.debug({ rows: sockets.badRows, samples: sockets.badRowSamples }, 'bad rows skipped');
      }
      return { source, why: choice.why(), sockets };
    }
  }

  async function countersNow() {
    const read = await collectors.run('counters', () => readCounters(procfs), firstError);
    return read?.counters ?? {};
  }

  return {
    countable: async (nowSeconds) => (await choose()).pick(nowSeconds).readUnestablished !== undefined,
    async full(instant, signal, pids, intervalSeconds) {
      const found = await read('read', signal);
      const counters = await countersNow();
      const limited = await collectors.run('limits', () => readLimits(procfs), firstError);
      const sockets = found.sockets ?? nothingRead();
      const members = { key: OWN_NAMESPACE, pids };
      const owned = await collectors.run('owners', () =>
        owners.update(sockets.table, instant.begin, members),
      );
      const before = watch.view?.sockets.table;
      const said = watch.take(
        {
          sockets,
          source: { name: found.source.name, why: found.why },
          counters,
          limits: limited?.limits ?? NO_LIMITS,
          owned,
          inspect: found.source.inspect,
        },
        instant,
        intervalSeconds,
      );
      if (found.sockets) spare = before ?? new SocketTable();
      source = found.source;
      readAt = found.sockets ? instant.at : null;
      countersBefore = { counters, monotonicSeconds: instant.begin };
      return said;
    },
    async counts({ begin }, signal) {
      const { sockets } = await read('readUnestablished', signal);
      const counters = await countersNow();
      if (!sockets?.complete) return null;
      const input = { table: sockets.table, counters, monotonicSeconds: begin };
      const counts = countWithoutEstablished(input, countersBefore);
      if (counts) countersBefore = { counters, monotonicSeconds: begin };
      return counts;
    },
    source: () => ({ name: choice?.pick(clock()).name ?? '', why: choice?.why() ?? '' }),
    get view() {
      return readAt === null ? null : watch.view;
    },
    get readAt() {
      return readAt;
    },
    get inspect() {
      return source?.inspect;
    },
  };
}

function nothingRead(): SocketRead {
  return { table: new SocketTable(0), complete: false, duplicates: 0, badRows: 0, badRowSamples: [] };
}

function whatIsMissing({ complete, incompleteReason, badRows }: SocketRead): string | null {
  if (!complete) return incompleteReason ?? 'rows are missing';
  // Without their number, which changes from pass to pass: what failed is logged once.
  return badRows > 0 ? 'some rows cannot be parsed; --log.level=debug shows them' : null;
}

function firstError({ errors }: { readonly errors: readonly string[] }): string | null {
  return errors[0] ?? null;
}
