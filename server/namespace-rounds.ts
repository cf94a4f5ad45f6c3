/** What may be saved up, as seconds of earning: many namespaces that come up at once are looked at soon. */
const MAX_SAVINGS_SECONDS = 10;
/** Of the budget, at most this much goes to listing them: with many processes that costs more than to read one. */
const LIST_SHARE = 0.5;

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
  /** A part of `creditSeconds`, for listing alone. */
  private listCreditSeconds: number;
  private earnedAtSeconds: number | undefined;

  /** `cpuBudget`: share of one core, above 0. */
  constructor(intervalSeconds: number, cpuBudget: number) {
    this.intervalSeconds = intervalSeconds;
    this.cpuBudget = cpuBudget;
    this.creditSeconds = MAX_SAVINGS_SECONDS * cpuBudget;
    this.listCreditSeconds = this.creditSeconds * LIST_SHARE;
  }

  /** Whether it is to be found out, on the turn that begins now, which there are: else those of the last time are. */
  isListDue(nowSeconds: number): boolean {
    this.earn(nowSeconds);
    return this.listCreditSeconds > 0;
  }

  listed(cpuSeconds: number): void {
    this.listCreditSeconds -= cpuSeconds;
    this.creditSeconds -= cpuSeconds;
  }

  /** A turn begins; `keys` are the namespaces that there are now. */
  begin(keys: readonly string[], nowSeconds: number): void {
    this.earn(nowSeconds);
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
    this.creditSeconds -= cpuSeconds;
    const visit = this.visits.get(key);
    if (!visit) return;
    if (visit.lastSeconds > -Infinity) visit.intervalSeconds = nowSeconds - visit.lastSeconds;
    visit.lastSeconds = nowSeconds;
  }

  /** Between the last two times that it was read; undefined before the second. */
  intervalOf(key: string): number | undefined {
    return this.visits.get(key)?.intervalSeconds;
  }

  private earn(nowSeconds: number): void {
    const earned = Math.max(0, nowSeconds - (this.earnedAtSeconds ?? nowSeconds)) * this.cpuBudget;
    this.earnedAtSeconds = nowSeconds;
    const most = MAX_SAVINGS_SECONDS * this.cpuBudget;
    this.creditSeconds = Math.min(this.creditSeconds + earned, most);
    this.listCreditSeconds = Math.min(this.listCreditSeconds + earned * LIST_SHARE, most * LIST_SHARE);
  }
}
