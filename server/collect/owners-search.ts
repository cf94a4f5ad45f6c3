import { DescriptorWalks, isDone, type Pass, type Steps } from './descriptor-walks.ts';
import { KnownProcesses, type KnownProcess } from './known-processes.ts';
import { Denials } from './owners-access.ts';
import { listPids, networkNamespace, pidOfSelf } from './process-walk.ts';
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

/** A search through processes for sockets whose holders are not known. */
interface Round {
  readonly seeks: ReadonlySet<Sought>;
  /** It ends when nothing is left of what it seeks. */
  readonly steps: Steps;
  /** All that is left to do is for what it still seeks. */
  isLate?: boolean;
}

/** What the search remembers of one network namespace. */
export class SearchedNamespace {
  near: Round | undefined;
  isFirstRound = true;
}

/** What there is to search for on one pass over a namespace. */
export interface Need extends Pass {
  /** How many sockets of the table are to be searched for, and are not yet. */
  readonly due: number;
  /** Every socket of the table without a holder. */
  readonly eachUnowned: (see: (inode: number) => void) => void;
  /** Those who hold others of its sockets, and are likely to have the new ones too. */
  readonly owners: readonly KnownProcess[];
  /** The processes of the namespace; null: those that share the observer's own. */
  readonly pids: readonly number[] | null;
  /** One of several that want a part of the credit. */
  readonly isOneOfSeveral: boolean;
}

/**
 * Searches in rounds, a little on each pass, and keeps what it found for all namespaces. At a time each namespace has one
 * round among its own processes, and only one of them has a round among those of others.
 */
export class OwnersSearch {
  readonly holders = new SocketHolders();
  readonly known: KnownProcesses;
  readonly denials: Denials;
  private readonly procfs: string;
  private readonly clock: () => number;
  private readonly walks: DescriptorWalks;
  private far: { round: Round; namespace: SearchedNamespace } | undefined;
  private listedAtSeconds = -Infinity;
  private creditSeconds = MAX_CREDIT_SECONDS;
  private lastSeconds: number | undefined;

  constructor(procfs: string, clock: () => number) {
    this.procfs = procfs;
    this.clock = clock;
    this.known = new KnownProcesses(procfs);
    this.denials = new Denials(procfs);
    this.walks = new DescriptorWalks(procfs, this.holders, this.known, this.denials);
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
    this.walks.beginPass(need);
    this.earn(need.nowSeconds);
    if (namespace.near?.isLate && isDone(namespace.near.seeks)) {
      this.end(namespace.near, need.nowSeconds, false);
      namespace.near = undefined;
    }
    namespace.near ??= this.beginNear(need);
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
      else this.endFar(round, step.value !== null, need.nowSeconds);
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

  private beginNear(need: Need): Round | undefined {
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
    return { seeks, steps: this.walks.walkNear({ seeks, first, owners, pids, isMember }) };
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

  /** `farPids`: processes of other namespaces that it came upon; null where it ended before it had walked all. */
  private endNear(
    namespace: SearchedNamespace,
    round: Round,
    farPids: readonly number[] | null,
    need: Need,
  ): void {
    namespace.near = undefined;
    namespace.isFirstRound = false;
    if (farPids && !isDone(round.seeks) && !this.far) {
      const pids = need.pids === null ? farPids : without(listPids(this.procfs), need.pids);
      if (pids.length > 0) {
        this.far = { namespace, round: { seeks: round.seeks, steps: this.walks.walkFar(round.seeks, pids) } };
        return;
      }
    }
    this.end(round, need.nowSeconds + RETRY_SECONDS, farPids !== null);
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

  private sharesOwnNamespace(): (pid: number) => boolean {
    const own = networkNamespace(this.procfs, 'self');
    return (pid) => {
      const theirs = networkNamespace(this.procfs, pid);
      return theirs === own || theirs === null;
    };
  }
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
