import type { KnownProcess, KnownProcesses } from './known-processes.ts';
import type { Denials } from './owners-access.ts';
import { toldDescriptors } from './process-files.ts';
import { walkDescriptors } from './process-walk.ts';
import type { SocketHolders, Sought } from './socket-holders.ts';

/** A process with so many descriptors, of which none seems to be new, is walked after all that have fewer. */
const MANY_DESCRIPTORS = 1024;
/** Of a process with fewer sockets all descriptors are read: that costs less than to tell which of them can have changed. */
const FEW_SOCKETS = 64;

/** Processes whose descriptors are counted between two steps: about two milliseconds. */
const COUNTS_A_STEP = 256;

/**
 * Walks through the descriptors of processes, a step of some milliseconds at a time. `later`: what comes next is for what
 * the next table still has. Returns the processes that it came upon and did not walk, since they are of other network
 * namespaces; null where it ended before it had walked all the others, since nothing was left to search for.
 */
export type Steps = Generator<'later' | undefined, readonly number[] | null>;

/** The pass on which the next steps are taken. They go on from pass to pass, also on that of another namespace. */
export interface Pass {
  /** Number of the update. */
  readonly update: number;
  /** Marks every socket of the table as met by the update; it is called where that is needed. */
  readonly meetAll: () => void;
  readonly nowSeconds: number;
}

/** Of a round, so far. */
interface Walked {
  readonly walked: Set<number>;
  /** Those of which not every descriptor was read. */
  readonly skimmed: number[];
}

interface NearWalk {
  readonly seeks: ReadonlySet<Sought>;
  /** To be walked whatever is sought: new ones, and those to be visited again. */
  readonly first: readonly number[];
  readonly owners: readonly KnownProcess[];
  readonly pids: readonly number[];
  readonly isMember: (pid: number) => boolean;
}

/** In which order processes are walked, and what is kept of each. */
export class DescriptorWalks {
  private readonly procfs: string;
  private readonly holders: SocketHolders;
  private readonly known: KnownProcesses;
  private readonly denials: Denials;
  private pass: Pass = { update: 0, meetAll: () => undefined, nowSeconds: 0 };

  /** What a walk finds goes to `holders`, `known` and `denials`. */
  constructor(procfs: string, holders: SocketHolders, known: KnownProcesses, denials: Denials) {
    this.procfs = procfs;
    this.holders = holders;
    this.known = known;
    this.denials = denials;
  }

  /** Before the steps of each pass. */
  beginPass(pass: Pass): void {
    this.pass = pass;
  }

  /**
   * Walks `first`, and then processes of the namespace as long as something is sought; the others that it comes upon are
   * its result.
   */
  *walkNear({ seeks, first, owners, pids, isMember }: NearWalk): Steps {
    const farPids: number[] = [];
    const round: Walked = { walked: new Set(), skimmed: [] };
    const { walked, skimmed } = round;
    const listed = new Set(pids);
    const isParent = (pid: number) => listed.has(pid) && isMember(pid);
    for (const pid of first) {
      if (walked.has(pid)) continue;
      if (isMember(pid)) yield* this.walkUp(pid, round, isParent);
      else {
        walked.add(pid);
        farPids.push(pid);
        this.known.saw(pid);
      }
    }
    if (isDone(seeks)) return null;
    for (const pid of yield* this.inTurn(owners, pids)) {
      if (isDone(seeks)) return null;
      if (walked.has(pid)) continue;
      if (isMember(pid)) yield* this.walkUp(pid, round, isParent);
      else {
        walked.add(pid);
        farPids.push(pid);
      }
    }
    // A descriptor may lead elsewhere after all, where its socket was passed on and its number given out again. But most of
    // what is not found was closed meanwhile.
    if (!isDone(seeks) && skimmed.length > 0) yield 'later';
    for (const pid of skimmed) {
      if (isDone(seeks)) return null;
      yield* this.walk(pid, true);
    }
    return farPids;
  }

  /** Walks processes of other namespaces, as long as something is sought. */
  *walkFar(seeks: ReadonlySet<Sought>, pids: readonly number[]): Steps {
    for (const pid of pids) {
      if (isDone(seeks)) return null;
      yield* this.walk(pid);
    }
    return [];
  }

  /**
   * Walks a process; and where it was not known, its parent too, if that is not known to hold all that the child does. What
   * a parent opens and passes on may be found at the child first, and nobody would look for it any more.
   */
  private *walkUp(
    pid: number,
    { walked, skimmed }: Walked,
    isParent: (pid: number) => boolean,
  ): Generator<undefined, void> {
    for (let next: number | undefined = pid; next !== undefined && !walked.has(next);) {
      walked.add(next);
      const before = this.known.get(next);
      if (yield* this.walk(next)) skimmed.push(next);
      const process = this.known.get(next);
      next =
        process && process !== before && isParent(process.parentPid) ? this.parentToAsk(process) : undefined;
    }
  }

  /** Not one that has as many descriptors as when it was walked, where to list them costs much. */
  private parentToAsk(child: KnownProcess): number | undefined {
    const parent = this.known.get(child.parentPid);
    if (!parent) return child.parentPid;
    if (this.holders.hasAllOf(parent, child)) return undefined;
    const descriptors = toldDescriptors(this.procfs, parent.pid) ?? 0;
    return descriptors === parent.descriptorsWalked && descriptors >= MANY_DESCRIPTORS
      ? undefined
      : parent.pid;
  }

  /**
   * Those come first who hold others of the sockets and have more or fewer descriptors than when they were walked, then those
   * with few; last are those whose many descriptors are as many as they were, since to list them alone takes a millisecond
   * for each thousand.
   */
  private *inTurn(
    owners: readonly KnownProcess[],
    pids: readonly number[],
  ): Generator<undefined, readonly number[]> {
    const turns: { pid: number; descriptors: number }[][] = [[], [], []];
    let counted = 0;
    for (const { pid, descriptorsWalked } of owners) {
      const descriptors = toldDescriptors(this.procfs, pid) ?? descriptorsWalked ?? 0;
      const turn = descriptors !== descriptorsWalked ? 0 : descriptors < MANY_DESCRIPTORS ? 1 : 2;
      turns[turn]!.push({ pid, descriptors });
      if (++counted % COUNTS_A_STEP === 0) yield;
    }
    const [changed, few, many] = turns.map((turn) =>
      turn.sort((a, b) => a.descriptors - b.descriptors).map(({ pid }) => pid),
    );
    const last = new Set(many);
    return [...changed!, ...few!, ...pids.filter((pid) => !last.has(pid)), ...last];
  }

  /** Returns whether it left out descriptors of which it is known where they lead; `anew`: none. */
  private *walk(pid: number, anew = false): Generator<undefined, boolean> {
    const known = this.known.get(pid);
    const before = known && !anew && known.sockets.inodes.length >= FEW_SOCKETS ? known : undefined;
    const walk = yield* walkDescriptors(
      this.procfs,
      pid,
      before && {
        startTimeTicks: before.startTimeTicks,
        sockets: before.sockets,
        isSettled: (inode) => {
          this.pass.meetAll();
          return this.holders.isSettled(before, inode, this.pass.update);
        },
      },
    );
    this.denials.note(pid, walk.outcome === 'denied' ? walk.capabilities : null);
    if (walk.outcome === 'gone') this.known.forget(pid);
    if (walk.outcome === 'read' && (walk.sockets.inodes.length > 0 || this.known.get(pid))) {
      const process = this.known.remember(pid, walk.stat);
      if (process) {
        this.holders.replace(process, walk.sockets);
        this.known.walked(process, this.pass.nowSeconds);
      }
    }
    if (walk.outcome !== 'gone') this.known.saw(pid);
    yield;
    return walk.outcome === 'read' && walk.settled > 0;
  }
}

/** Whether nothing is left to search for. */
export function isDone(seeks: ReadonlySet<Sought>): boolean {
  for (const { left } of seeks) if (left > 0) return false;
  return true;
}
