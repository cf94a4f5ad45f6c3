/** One network namespace over time: its sockets are tracked from pass to pass, and it is kept what was last said of them. */
import { runDetectors, undecidedDetectors, type NewFinding } from './detect/index.ts';
import type { OwnerColumns, Owners } from './collect/owners.ts';
import type { Considered } from './model/finding.ts';
import type { NamespaceSummary, UnitHealth } from './model/observation.ts';
import type { DetectorOptions } from './model/options.ts';
import { OWNER_GAPS, type Counters, type KernelLimits, type View } from './model/snapshot.ts';
import type { SocketRead } from './model/socket-table.ts';
import type { Source } from './model/units.ts';
import type { Part } from './track/combine.ts';
import type { Ids } from './track/identity.ts';
import { summarize } from './track/summary.ts';
import { createTracker } from './track/tracker.ts';

/** What all watches of this observer have in common. */
export interface Shared {
  readonly owners: Owners;
  readonly ids: Ids;
  /** Monotonic seconds. */
  readonly clock: () => number;
  /** CPU time that passes took so far, user and system, in seconds. */
  readonly cpuClock: () => number;
}

/** When a pass began: wall clock in milliseconds since 1970, and monotonic seconds. */
export interface Instant {
  readonly at: number;
  readonly begin: number;
}

/** What was read of a namespace on one pass. */
interface Reading {
  readonly sockets: SocketRead;
  readonly source: { readonly name: string; readonly why: string };
  readonly counters: Counters;
  readonly limits: KernelLimits;
  /** undefined: the search for owners failed as a whole. */
  readonly owned: OwnerColumns | undefined;
  /** Asks the kernel about single sockets; undefined where that cannot be had. */
  readonly inspect?: Source['inspect'] | undefined;
}

/** What was last said of a namespace. */
export interface Said {
  readonly instant: Instant;
  readonly part: Part;
  readonly source: Reading['source'];
  readonly complete: boolean;
  /** Of this pass if it was complete, else as they stood. */
  readonly findings: readonly NewFinding[];
  readonly considered: readonly Considered[];
  readonly undecided: readonly string[];
  readonly watchedSeconds: number;
  readonly gapSeconds: number | null;
  readonly detectors: readonly UnitHealth[];
}

export interface NamespaceWatch {
  /** `intervalSeconds`: since the pass before, when nothing held this one up. */
  take(reading: Reading, instant: Instant, intervalSeconds: number): Said;
  /** As of the newest reading that could be had; not to be used while `take` is under way. */
  readonly view: View | null;
  readonly said: Said | null;
}

interface Watched {
  readonly name: string;
  /** Several namespaces are watched: what is said names this one. */
  readonly several: boolean;
  readonly ids: Ids;
  readonly detectors: DetectorOptions;
  /** Monotonic seconds. */
  readonly clock: () => number;
}

export function watchNamespace({ name, several, ids, detectors, clock }: Watched): NamespaceWatch {
  const tracker = createTracker(ids);
  let view: View | null = null;
  let said: Said | null = null;
  return {
    get view() {
      return view;
    },
    get said() {
      return said;
    },
    take({ sockets, source, counters, limits, owned, inspect }, instant, intervalSeconds) {
      const { table, complete } = sockets;
      const owners = owned ?? nobody(table.count);
      const pass = tracker.update({
        namespace: name,
        table,
        source: source.name,
        complete,
        owners,
        limits,
        counters,
        monotonicSeconds: instant.begin,
        intervalSeconds,
        inspect,
      });
      view = pass.view;
      // A pass that misses rows or owners must not end a finding, or give it another name: what was found before stands.
      const detected =
        complete && owned
          ? runDetectors(view, detectors, clock, {
              severalNamespaces: several,
              standing: new Set(said?.findings.map((finding) => finding.fingerprint)),
            })
          : null;
      said = {
        instant,
        part: { ...summarize(view, owners.access), flows: pass.flows },
        source,
        complete,
        findings: detected?.findings ?? said?.findings ?? [],
        considered: detected?.considered ?? said?.considered ?? [],
        undecided: undecidedDetectors(detectors, pass.watchedSeconds, detected?.units ?? null),
        watchedSeconds: pass.watchedSeconds,
        gapSeconds: pass.gapSeconds,
        detectors: detected?.units ?? [],
      };
      return said;
    },
  };
}

/** What an Observation lists of it. */
export function namespaceSummary(
  named: Pick<NamespaceSummary, 'name' | 'kind' | 'inode' | 'processes'>,
  { instant, part, source, complete }: Pick<Said, 'instant' | 'part' | 'source' | 'complete'>,
  intervalSeconds: number | null,
  error: string | null,
): NamespaceSummary {
  return {
    ...named,
    readAt: instant.at,
    intervalSeconds,
    source,
    complete,
    error,
    sockets: part.sockets.total,
    byState: part.sockets.byState,
    rates: part.rates,
    limits: part.limits,
  };
}

/** Where the search for owners failed as a whole. */
function nobody(rows: number): OwnerColumns {
  return {
    owner: new Int32Array(rows).fill(-1),
    ownerGap: new Uint8Array(rows).fill(OWNER_GAPS.indexOf('pending')),
    holders: new Int32Array(rows).fill(-1),
    holderSets: [],
    processes: [],
    access: {
      processesDenied: 0,
      processesDeniedAlthoughHeld: 0,
      missingCapabilities: [],
      processesHidden: false,
    },
  };
}
