import type { PassCost, PassKind } from './model/observation.ts';

/** What may be saved up, as seconds of earning: a cold start costs several times what a pass does later. */
const MAX_FULL_SAVINGS_SECONDS = 10;
const MAX_COUNTS_SAVINGS_SECONDS = 2;
/** Of the budget, at most this much goes to counting; full passes have the rest, and what counting leaves. */
const COUNTS_SHARE = 0.5;

/** One pass as it was. Times are monotonic. */
interface EndedPass {
  readonly kind: PassKind;
  readonly beginSeconds: number;
  readonly endSeconds: number;
  /** User and system, of the whole process. */
  readonly cpuSeconds: number;
  /** A pass that only counts is to be had, and much cheaper than a full one. */
  readonly countsAreCheap: boolean;
}

/**
 * Which pass comes next, and when, so that passes take no more than a share of one core. Pure: clocks come from outside.
 *
 * A full pass reads every socket, and finds what is wrong. A pass of kind `counts` counts sockets by state, and leaves the
 * rest as the last full one saw it. Each kind has a credit of CPU time: it earns its share of the budget as time goes by,
 * and pays what a pass cost. At each turn (an interval after the last, or later where that one took long)
 * there is a full pass if its credit is not overdrawn; else one that counts, if that is cheap and its credit allows; else
 * nothing. So as long as full passes fit into the budget every pass is full, and intervals are as configured; beyond that
 * full passes become rarer, with counts between them; and whatever a pass costs, the budget is kept in the long run.
 * Only the first pass is free.
 */
export class PassSchedule {
  /** When the next pass is due, and which. */
  nextAtSeconds = 0;
  full: PassCost;
  /** null where the last two full passes had none of the other kind between them. */
  counts: PassCost | null = null;

  /**
   * What is between full passes when nothing holds one up: planned for the next, and judged by the shorter of the last
   * two, so that the time which one was held up is still seen as a gap.
   */
  usualFullSeconds: number;

  private readonly intervalSeconds: number;
  private readonly cpuBudget: number;
  private fullCredit: number;
  private countsCredit = 0;
  private earnedAtSeconds: number | undefined;
  private started = false;
  private countedSinceFull = false;
  private fullBeganSeconds = 0;
  /** What the last two full passes took. */
  private took = { last: 0, before: 0 };
  private countsAreCheap = false;
  private countsCpuSeconds: number | undefined;

  /** `cpuBudget`: share of one core, above 0. */
  constructor(intervalSeconds: number, cpuBudget: number) {
    this.intervalSeconds = intervalSeconds;
    this.cpuBudget = cpuBudget;
    this.fullCredit = MAX_FULL_SAVINGS_SECONDS * cpuBudget;
    this.full = { intervalSeconds, cpuSeconds: 0 };
    this.usualFullSeconds = intervalSeconds;
  }

  /** The kind of the pass that begins now. */
  next(nowSeconds: number): PassKind {
    this.earn(nowSeconds);
    return this.countsAreCheap && nowSeconds < this.fullAt(nowSeconds) ? 'counts' : 'full';
  }

  ended({ kind, beginSeconds, endSeconds, cpuSeconds, countsAreCheap }: EndedPass): void {
    this.earn(endSeconds);
    this.countsAreCheap = countsAreCheap;
    if (kind === 'full') {
      // The first one meets every process and every line of code for the first time, which says nothing of the next.
      if (this.started) this.fullCredit -= cpuSeconds;
      this.started = true;
      this.fullBeganSeconds = beginSeconds;
      this.took = { last: endSeconds - beginSeconds, before: this.took.last };
    } else {
      this.countsCredit -= cpuSeconds;
      this.countsCpuSeconds = cpuSeconds;
    }
    // However cheap its CPU time, a pass begins no sooner after the last than that one took: others use the machine too.
    const turn = Math.max(beginSeconds + this.intervalSeconds, 2 * endSeconds - beginSeconds);
    const affordableAt = this.fullAt(endSeconds);
    const fullAt = Math.max(turn, affordableAt);
    const countsAt = countsAreCheap ? Math.max(turn, this.countsAt(endSeconds)) : Infinity;
    this.nextAtSeconds = Math.min(fullAt, countsAt);
    this.full = {
      intervalSeconds: fullAt - this.fullBeganSeconds,
      cpuSeconds: kind === 'full' ? cpuSeconds : this.full.cpuSeconds,
    };
    this.usualFullSeconds = Math.max(
      this.intervalSeconds,
      2 * Math.min(this.took.last, this.took.before),
      this.fullCredit < 0 ? affordableAt - this.fullBeganSeconds : 0,
    );
    if (kind === 'counts') {
      const atBudget = cpuSeconds / (this.cpuBudget * COUNTS_SHARE);
      this.counts = { intervalSeconds: Math.max(this.intervalSeconds, atBudget), cpuSeconds };
    } else if (!this.countedSinceFull) this.counts = null;
    this.countedSinceFull = kind === 'counts';
  }

  private fullAt(nowSeconds: number): number {
    const countsShare = this.countsAreCheap ? this.countsRate() : 0;
    return nowSeconds + Math.max(0, -this.fullCredit / (this.cpuBudget - countsShare));
  }

  private countsAt(nowSeconds: number): number {
    return nowSeconds + Math.max(0, -this.countsCredit / (this.cpuBudget * COUNTS_SHARE));
  }

  /** What counting is going to take of each second. */
  private countsRate(): number {
    const most = this.cpuBudget * COUNTS_SHARE;
    return Math.min(most, (this.countsCpuSeconds ?? Infinity) / this.intervalSeconds);
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.earnedAtSeconds ?? nowSeconds)) * this.cpuBudget;
    this.earnedAtSeconds = nowSeconds;
    const room = MAX_COUNTS_SAVINGS_SECONDS * this.cpuBudget - this.countsCredit;
    const toCounts = this.countsAreCheap ? Math.min(earned * COUNTS_SHARE, room) : 0;
    this.countsCredit += toCounts;
    this.fullCredit = Math.min(
      this.fullCredit + earned - toCounts,
      MAX_FULL_SAVINGS_SECONDS * this.cpuBudget,
    );
  }
}
