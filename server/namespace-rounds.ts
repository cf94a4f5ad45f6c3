/** What may be saved up, as seconds of earning: many namespaces that come up at once are looked at soon. */
const MAX_SAVINGS_SECONDS = 10;

interface Visit {
  /** Monotonic; -Infinity: not read yet. */
  lastSeconds: number;
  /** Between the last two times; undefined before the second. */
  intervalSeconds: number | undefined;
}

/**
 * Which network namespace is read next, so that all together they take no more than a share of one core: at each turn those
 * whose interval is over, the one that waited longest first, new ones before all others, until the credit of CPU time is
 * used up; the rest waits for the next turn. So all are read equally often. Pure: clocks come from outside.
 */
export class NamespaceRounds {
  private readonly intervalSeconds: number;
  private readonly cpuBudget: number;
  private readonly visits = new Map<string, Visit>();
  private creditSeconds: number;
  private earnedAtSeconds: number | undefined;

  /** `cpuBudget`: share of one core, above 0. */
  constructor(intervalSeconds: number, cpuBudget: number) {
    this.intervalSeconds = intervalSeconds;
    this.cpuBudget = cpuBudget;
    this.creditSeconds = MAX_SAVINGS_SECONDS * cpuBudget;
  }

  /** A turn begins; `keys` are the namespaces that there are now. */
  begin(keys: readonly string[], nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.earnedAtSeconds ?? nowSeconds)) * this.cpuBudget;
    this.earnedAtSeconds = nowSeconds;
    this.creditSeconds = Math.min(this.creditSeconds + earned, MAX_SAVINGS_SECONDS * this.cpuBudget);
    const present = new Set(keys);
    for (const key of this.visits.keys()) if (!present.has(key)) this.visits.delete(key);
    for (const key of keys) {
      if (!this.visits.has(key)) this.visits.set(key, { lastSeconds: -Infinity, intervalSeconds: undefined });
    }
  }

  /** The one to read now, or undefined: the turn is over. `nowSeconds` is that of `begin`. */
  next(nowSeconds: number): string | undefined {
    if (this.creditSeconds <= 0) return undefined;
    // A turn that comes a little early is still the next.
    const due = nowSeconds - this.intervalSeconds / 2;
    let longest: string | undefined;
    let lastSeconds = Infinity;
    for (const [key, visit] of this.visits) {
      if (visit.lastSeconds < lastSeconds && visit.lastSeconds <= due) {
        longest = key;
        lastSeconds = visit.lastSeconds;
      }
    }
    return longest;
  }

  /** It was read, or could not be, on the turn that began at `nowSeconds`. */
  ended(key: string, nowSeconds: number, cpuSeconds: number): void {
    this.spend(cpuSeconds);
    const visit = this.visits.get(key);
    if (!visit) return;
    if (visit.lastSeconds > -Infinity) visit.intervalSeconds = nowSeconds - visit.lastSeconds;
    visit.lastSeconds = nowSeconds;
  }

  /** For what is done for all of them. */
  spend(cpuSeconds: number): void {
    this.creditSeconds -= cpuSeconds;
  }

  /** Between the last two times that it was read; undefined before the second. */
  intervalOf(key: string): number | undefined {
    return this.visits.get(key)?.intervalSeconds;
  }
}
