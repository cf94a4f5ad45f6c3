import { KnownProcesses, type KnownProcess } from './known-processes.ts';
import { Denials } from './owners-access.ts';
import { listPids, networkNamespace, pidOfSelf, walkDescriptors } from './process-walk.ts';
import { toldDescriptors } from './process-files.ts';
import { SocketHolders, Sought } from './socket-holders.ts';

/** Walking descriptors may take this share of the time; sockets that are not found yet are `pending` meanwhile. */
const WALK_SHARE = 0.05;
/** What may be saved up for one pass, and is there at the beginning. */
const MAX_CREDIT_SECONDS = 0.1;
/** What the first round of the own namespace may take without it; enough for some 300,000 descriptors. */
const MAX_FREE_SECONDS = 3;
/** A socket that no process holds is looked for again after this long: it may have been passed on. */
const RETRY_SECONDS = 30;
/** Likewise, where the processes of other network namespaces were searched too: they may be very many. */
const FAR_RETRY_SECONDS = 300;
/** Processes are listed at least this often: new ones are walked once, since what they inherited has other holders already. */
const LIST_SECONDS = 10;
/**
 * A process whose number of descriptors has changed is walked anew after this long: it may have closed what others still
 * hold. One that shared no socket can only have passed it over a unix socket, which is rarer.
 */
const SHARING_REVISIT_SECONDS = 10;
const REVISIT_SECONDS = 300;

/** A process with so many descriptors, of which none seems to be new, is walked after all that have fewer. */
const MANY_DESCRIPTORS = 1024;
/** Of a process with fewer sockets all descriptors are read: that costs less than to tell which of them can have changed. */
const FEW_SOCKETS = 64;

/** Processes whose descriptors are counted between two steps: about two milliseconds. */
const COUNTS_A_STEP = 256;

/** A search through processes for sockets whose holders are not known. */
interface Round {
  readonly seeks: ReadonlySet<Sought>;
  /** It ends when nothing is left of what it seeks. */
  readonly steps: Steps;
  /** All that is left to do is for what it still seeks. */
  isLate?: boolean;
}

/** `later`: what comes next is for what the next table still has. Returns whether all processes were walked. */
type Steps = Generator<'later' | undefined, boolean>;

/** What the search remembers of one network namespace. */
export class SearchedNamespace {
  near: Round | undefined;
  isFirstRound = true;
  /** Processes of other namespaces, as the last round came upon them. */
  farPids: readonly number[] = [];
}

/** What there is to search for on one pass over a namespace. */
export interface Need {
  /** How many sockets of the table are to be searched for, and are not yet. */
  readonly due: number;
  /** Every socket of the table without a holder. */
  readonly eachUnowned: (see: (inode: number) => void) => void;
  /** Marks every socket of the table as met by the update; it is called where that is needed. */
  readonly meetAll: () => void;
  /** Those who hold others of its sockets, and are likely to have the new ones too. */
  readonly owners: readonly KnownProcess[];
  /** The processes of the namespace; null: those that share the observer's own. */
  readonly pids: readonly number[] | null;
  /** Number of the update. */
  readonly update: number;
  /** One of several that want a part of the credit. */
  readonly isOneOfSeveral: boolean;
  readonly nowSeconds: number;
}

/** Walks through the descriptors of processes, a little on each pass, and keeps what it found for all namespaces. */
export class OwnersSearch {
  readonly holders = new SocketHolders();
  readonly known: KnownProcesses;
  readonly denials: Denials;
  private readonly procfs: string;
  private readonly clock: () => number;
  private far: { round: Round; namespace: SearchedNamespace } | undefined;
  private listedAtSeconds = -Infinity;
  private creditSeconds = MAX_CREDIT_SECONDS;
  private lastSeconds: number | undefined;
  private need: Pick<Need, 'meetAll' | 'update'> = { meetAll: () => undefined, update: 0 };

  constructor(procfs: string, clock: () => number) {
    this.procfs = procfs;
    this.clock = clock;
    this.known = new KnownProcesses(procfs);
    this.denials = new Denials(procfs);
  }

  /**
   * A new table of the namespace: what is searched for is counted anew, and whoever counts it adds to its `left`. What was
   * closed before it was found would keep a round going to its end.
   */
  recount(namespace: SearchedNamespace): void {
    for (const round of this.roundsOf(namespace)) for (const sought of round.seeks) sought.left = 0;
  }

  /**
   * Looks first among the processes of the network namespace, and for what is not there among all others, since descriptors
   * can be passed on: that may take long, and does not hold up the search for newer sockets.
   */
  search(namespace: SearchedNamespace, need: Need): void {
    this.need = need;
    this.earn(need.nowSeconds);
    if (namespace.near?.isLate && isDone(namespace.near.seeks)) {
      this.end(namespace.near, need.nowSeconds, false);
      namespace.near = undefined;
    }
    namespace.near ??= this.beginNear(namespace, need);
    // Not all of it for the first that comes.
    const allowance = this.creditSeconds * (need.isOneOfSeveral ? 0.5 : 1);
    const isFree =
      namespace.isFirstRound && (need.pids === null || need.pids.includes(pidOfSelf(this.procfs) ?? 0));
    let spent = 0;
    let free = 0;
    for (;;) {
      const round = namespace.near ?? this.far?.round;
      // The processes of the own namespace are first walked at once: until then no owner is known at all. That of a million
      // descriptors would take ten seconds, in which the observer hears and says nothing.
      if (free >= MAX_FREE_SECONDS) namespace.isFirstRound = false;
      const costs = !isFree || !namespace.isFirstRound;
      if (!round || (costs && spent >= allowance)) break;
      const begin = this.clock();
      const step = round.steps.next();
      const took = this.clock() - begin;
      if (costs) spent += took;
      else free += took;
      if (!step.done) {
        if (step.value !== 'later') continue;
        round.isLate = true;
        break;
      }
      if (round === namespace.near) this.endNear(namespace, round, step.value, need);
      else this.endFar(round, step.value, need.nowSeconds);
    }
    this.creditSeconds -= spent;
  }

  forget(namespace: SearchedNamespace): void {
    for (const round of this.roundsOf(namespace)) this.end(round, -Infinity, false);
    if (this.far?.namespace === namespace) this.far = undefined;
  }

  private roundsOf(namespace: SearchedNamespace): Round[] {
    const far = this.far?.namespace === namespace ? this.far.round : undefined;
    return [namespace.near, far].filter((round) => round !== undefined);
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.lastSeconds ?? nowSeconds)) * WALK_SHARE;
    this.lastSeconds = nowSeconds;
    if (earned === 0) return;
    // An interval's worth can always be saved up, however long the interval.
    this.creditSeconds = Math.min(this.creditSeconds + earned, Math.max(earned, MAX_CREDIT_SECONDS));
  }

  private beginNear(namespace: SearchedNamespace, need: Need): Round | undefined {
    const { due, owners, nowSeconds } = need;
    const listed =
      nowSeconds - this.listedAtSeconds >= LIST_SECONDS || (need.pids === null && due > 0)
        ? this.list(nowSeconds)
        : [];
    const pids = need.pids ?? listed;
    const first = pids.filter((pid) => this.known.isNew(pid));
    for (const process of owners) if (isToRevisit(process, nowSeconds)) first.push(process.pid);
    if (due === 0 && first.length === 0) return undefined;
    const seeks = due > 0 ? this.seek(need) : new Set<Sought>();
    const isMember = need.pids === null ? this.sharesOwnNamespace() : () => true;
    return { seeks, steps: this.walkNear(namespace, { seeks, first, owners, pids, isMember }) };
  }

  /** What the table has that nobody is known to hold: what is new in it, and what is to be looked for again. */
  private seek({ eachUnowned, update, nowSeconds }: Need): ReadonlySet<Sought> {
    const fresh = new Sought();
    const seeks = new Set([fresh]);
    eachUnowned((inode) => {
      const known = this.holders.get(inode);
      if (!(known instanceof Sought)) this.holders.seek(inode, fresh, update);
      else if (seeks.has(known)) known.left++;
      else if (nowSeconds >= known.searchAgainAtSeconds) {
        known.searchAgainAtSeconds = Infinity;
        known.left = 1;
        seeks.add(known);
      }
    });
    return seeks;
  }

  /** All pids; forgets the processes that are not there any more. */
  private list(nowSeconds: number): number[] {
    const pids = listPids(this.procfs);
    const listed = new Set(pids);
    this.known.forgetAllBut(listed);
    this.denials.forgetAllBut(listed);
    this.listedAtSeconds = nowSeconds;
    return pids;
  }

  private *walkNear(namespace: SearchedNamespace, { seeks, first, owners, pids, isMember }: NearWalk): Steps {
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
    if (isDone(seeks)) return false;
    for (const pid of yield* this.inTurn(owners, pids)) {
      if (isDone(seeks)) return false;
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
      if (isDone(seeks)) return false;
      yield* this.walk(pid, true);
    }
    namespace.farPids = farPids;
    return true;
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

  private endNear(namespace: SearchedNamespace, round: Round, walkedAll: boolean, need: Need): void {
    namespace.near = undefined;
    namespace.isFirstRound = false;
    if (walkedAll && !isDone(round.seeks) && !this.far) {
      const pids = need.pids === null ? namespace.farPids : without(listPids(this.procfs), need.pids);
      if (pids.length > 0) {
        this.far = { namespace, round: { seeks: round.seeks, steps: this.walkFar(round.seeks, pids) } };
        return;
      }
    }
    this.end(round, need.nowSeconds + RETRY_SECONDS, walkedAll);
  }

  private *walkFar(seeks: Round['seeks'], pids: readonly number[]): Steps {
    for (const pid of pids) {
      if (isDone(seeks)) return false;
      yield* this.walk(pid);
    }
    return true;
  }

  private endFar(round: Round, walkedAll: boolean, nowSeconds: number): void {
    this.far = undefined;
    this.end(round, nowSeconds + FAR_RETRY_SECONDS, walkedAll);
  }

  /** What it did not find is looked for again later; at once, where it shows up after a search that was not whole. */
  private end({ seeks }: Round, againAtSeconds: number, walkedAll: boolean): void {
    for (const sought of seeks) {
      sought.searchAgainAtSeconds = walkedAll ? againAtSeconds : -Infinity;
      sought.wasSearched ||= walkedAll;
    }
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
          this.need.meetAll();
          return this.holders.isSettled(before, inode, this.need.update);
        },
      },
    );
    this.denials.note(pid, walk.outcome === 'denied' ? walk.capabilities : null);
    if (walk.outcome === 'gone') this.known.forget(pid);
    if (walk.outcome === 'read' && (walk.sockets.inodes.length > 0 || this.known.get(pid))) {
      const process = this.known.remember(pid, walk.stat);
      if (process) {
        this.holders.replace(process, walk.sockets);
        this.known.walked(process, this.lastSeconds ?? 0);
      }
    }
    if (walk.outcome !== 'gone') this.known.saw(pid);
    yield;
    return walk.outcome === 'read' && walk.settled > 0;
  }

  private sharesOwnNamespace(): (pid: number) => boolean {
    const own = networkNamespace(this.procfs, 'self');
    return (pid) => {
      const theirs = networkNamespace(this.procfs, pid);
      return theirs === own || theirs === null;
    };
  }
}

/** Of a round, so far. */
interface Walked {
  readonly walked: Set<number>;
  /** Those of which not every descriptor was read. */
  readonly skimmed: number[];
}

interface NearWalk {
  readonly seeks: Round['seeks'];
  /** To be walked whatever is sought: new ones, and those to be visited again. */
  readonly first: readonly number[];
  readonly owners: readonly KnownProcess[];
  readonly pids: readonly number[];
  readonly isMember: (pid: number) => boolean;
}

/** Whether nothing is left to search for. */
function isDone(seeks: Round['seeks']): boolean {
  for (const { left } of seeks) if (left > 0) return false;
  return true;
}

function isToRevisit(process: KnownProcess, nowSeconds: number): boolean {
  const after = process.isSharing ? SHARING_REVISIT_SECONDS : REVISIT_SECONDS;
  const hasChanged = process.descriptors !== process.descriptorsWalked;
  return hasChanged && nowSeconds - process.walkedAtSeconds >= after;
}

function without(pids: readonly number[], left: readonly number[]): number[] {
  const out = new Set(left);
  return pids.filter((pid) => !out.has(pid));
}
