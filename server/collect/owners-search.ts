import { KnownProcesses, type KnownProcess } from './known-processes.ts';
import { Denials } from './owners-access.ts';
import { listPids, networkNamespace, pidOfSelf, walkDescriptors } from './process-walk.ts';
import { SocketHolders } from './socket-holders.ts';

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

/** A search through processes for sockets whose owners are not known. */
interface Round {
  /** Inodes not found yet. */
  readonly wanted: Set<number>;
  /** It ends when it has found what it wanted. */
  readonly steps: Steps;
  /** All that is left to do is for what it still wants. */
  isLate?: boolean;
}

/** `later`: what comes next is for what the next table still has. Returns whether all processes were walked. */
type Steps = Generator<'later' | undefined, boolean>;

/** What the search remembers of one network namespace, and of the table of its sockets. */
export class SearchedNamespace {
  near: Round | undefined;
  isFirstRound = true;
  /** Processes of other namespaces, as the last round came upon them. */
  farPids: readonly number[] = [];
  /** Inodes that were searched for in vain. */
  readonly searchAgainAtSeconds = new Map<number, number>();
}

/** What there is to search for on one pass over a namespace. */
export interface Need {
  /** Inodes of the table without a known holder. */
  readonly unknown: ReadonlySet<number>;
  /** Those who hold others of its sockets, and are likely to have the new ones too. */
  readonly owners: readonly KnownProcess[];
  /** The processes of the namespace; null: those that share the observer's own. */
  readonly pids: readonly number[] | null;
  /** Number of the update, by which its sockets have been met. */
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
  private update = 0;

  constructor(procfs: string, clock: () => number) {
    this.procfs = procfs;
    this.clock = clock;
    this.known = new KnownProcesses(procfs);
    this.denials = new Denials(procfs);
  }

  /**
   * Looks first among the processes of the network namespace, and for what is not there among all others, since descriptors
   * can be passed on: that may take long, and does not hold up the search for newer sockets.
   */
  search(namespace: SearchedNamespace, need: Need): void {
    this.update = need.update;
    this.earn(need.nowSeconds);
    // What was closed before it was found would keep a round going to its end.
    for (const round of [namespace.near, this.far?.namespace === namespace ? this.far.round : undefined]) {
      for (const inode of round?.wanted ?? []) if (!need.unknown.has(inode)) round?.wanted.delete(inode);
    }
    if (namespace.near?.isLate && namespace.near.wanted.size === 0) namespace.near = undefined;
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
    if (this.far?.namespace === namespace) this.far = undefined;
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.lastSeconds ?? nowSeconds)) * WALK_SHARE;
    this.lastSeconds = nowSeconds;
    if (earned === 0) return;
    // An interval's worth can always be saved up, however long the interval.
    this.creditSeconds = Math.min(this.creditSeconds + earned, Math.max(earned, MAX_CREDIT_SECONDS));
  }

  private beginNear(namespace: SearchedNamespace, need: Need): Round | undefined {
    const { unknown, owners, nowSeconds } = need;
    const wanted = new Set<number>();
    for (const inode of unknown) {
      if (nowSeconds < (namespace.searchAgainAtSeconds.get(inode) ?? -Infinity)) continue;
      if (!this.far?.round.wanted.has(inode)) wanted.add(inode);
    }
    const listed =
      nowSeconds - this.listedAtSeconds >= LIST_SECONDS || (need.pids === null && wanted.size > 0)
        ? this.list(nowSeconds)
        : [];
    const pids = need.pids ?? listed;
    const first = pids.filter((pid) => this.known.isNew(pid));
    for (const process of owners) if (isToRevisit(process, nowSeconds)) first.push(process.pid);
    if (wanted.size === 0 && first.length === 0) return undefined;
    const isMember = need.pids === null ? this.sharesOwnNamespace() : () => true;
    return { wanted, steps: this.walkNear(namespace, { wanted, first, owners, pids, isMember }) };
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

  private *walkNear(
    namespace: SearchedNamespace,
    { wanted, first, owners, pids, isMember }: NearWalk,
  ): Steps {
    const farPids: number[] = [];
    const walked = new Set<number>();
    /** Those of which not every descriptor was read. */
    const skimmed: number[] = [];
    for (const pid of first) {
      walked.add(pid);
      if (isMember(pid)) {
        if (yield* this.walk(pid, wanted)) skimmed.push(pid);
      } else {
        farPids.push(pid);
        this.known.saw(pid);
      }
    }
    for (const pid of [...owners.map((process) => process.pid), ...pids]) {
      if (wanted.size === 0) return false;
      if (walked.has(pid)) continue;
      walked.add(pid);
      if (!isMember(pid)) farPids.push(pid);
      else if (yield* this.walk(pid, wanted)) skimmed.push(pid);
    }
    // A descriptor may lead elsewhere after all, where its socket was passed on and its number given out again. But most of
    // what is not found was closed meanwhile.
    if (wanted.size > 0 && skimmed.length > 0) yield 'later';
    for (const pid of skimmed) {
      if (wanted.size === 0) return false;
      yield* this.walk(pid, wanted, true);
    }
    namespace.farPids = farPids;
    return true;
  }

  private endNear(namespace: SearchedNamespace, { wanted }: Round, walkedAll: boolean, need: Need): void {
    namespace.near = undefined;
    namespace.isFirstRound = false;
    if (!walkedAll || wanted.size === 0) return;
    if (!this.far) {
      const pids = need.pids === null ? namespace.farPids : without(listPids(this.procfs), need.pids);
      if (pids.length > 0) {
        this.far = { namespace, round: { wanted, steps: this.walkFar(wanted, pids) } };
        return;
      }
    }
    for (const inode of wanted) namespace.searchAgainAtSeconds.set(inode, need.nowSeconds + RETRY_SECONDS);
  }

  private *walkFar(wanted: Set<number>, pids: readonly number[]): Steps {
    for (const pid of pids) {
      if (wanted.size === 0) return false;
      yield* this.walk(pid, wanted);
    }
    return true;
  }

  private endFar({ wanted }: Round, walkedAll: boolean, nowSeconds: number): void {
    const again = this.far?.namespace.searchAgainAtSeconds;
    this.far = undefined;
    if (!walkedAll) return;
    for (const inode of wanted) again?.set(inode, nowSeconds + FAR_RETRY_SECONDS);
  }

  /** Returns whether it left out descriptors of which it is known where they lead; `anew`: none. */
  private *walk(pid: number, wanted: Set<number>, anew = false): Generator<undefined, boolean> {
    const before = anew ? undefined : this.known.get(pid);
    const walk = yield* walkDescriptors(
      this.procfs,
      pid,
      before && {
        startTimeTicks: before.startTimeTicks,
        sockets: before.sockets,
        isSettled: (inode) => this.holders.isSettled(before, inode, this.update),
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
      for (const inode of walk.sockets.inodes) wanted.delete(inode);
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

interface NearWalk {
  readonly wanted: Set<number>;
  /** To be walked whatever is wanted: new ones, and those to be visited again. */
  readonly first: readonly number[];
  readonly owners: readonly KnownProcess[];
  readonly pids: readonly number[];
  readonly isMember: (pid: number) => boolean;
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
