import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PassKind } from '../server/model/observation.ts';
import { PassSchedule } from '../server/pass-schedule.ts';

interface Costs {
  readonly full: number;
  readonly counts: number;
  /** The first full pass; like the others where it is not given. */
  readonly first?: number;
  readonly countsAreCheap?: boolean;
  /** Of the costs, how much later the pass ends: 1 where it waits for nothing. */
  readonly wallFactor?: number;
}

interface RanPass {
  readonly kind: PassKind;
  readonly at: number;
}

/** Lets passes of these costs follow each other as planned; the clock is simulated. */
function run(schedule: PassSchedule, seconds: number, costs: Costs) {
  const passes: RanPass[] = [];
  let spent = 0;
  let now = 1000;
  const end = now + seconds;
  while (now < end) {
    const kind = schedule.next(now);
    const cpuSeconds = kind === 'full' && passes.length === 0 ? (costs.first ?? costs.full) : costs[kind];
    passes.push({ kind, at: now });
    if (passes.length > 1) spent += cpuSeconds;
    schedule.ended({
      kind,
      beginSeconds: now,
      endSeconds: now + cpuSeconds * (costs.wallFactor ?? 1),
      cpuSeconds,
      countsAreCheap: costs.countsAreCheap ?? true,
    });
    now = schedule.nextAtSeconds;
  }
  return { passes, share: spent / (now - 1000) };
}

/** What passes take of each window of so many seconds that begins with one; the first pass of all is free. */
function sharesOf(passes: readonly RanPass[], costs: Costs, windowSeconds: number): number[] {
  const paid = passes.slice(1);
  const last = paid.at(-1)!.at;
  return paid
    .filter(({ at }) => at + windowSeconds <= last)
    .map(({ at: begin }) => {
      const within = paid.filter(({ at }) => at >= begin && at < begin + windowSeconds);
      return within.reduce((sum, { kind }) => sum + costs[kind], 0) / windowSeconds;
    });
}

const between = (passes: readonly RanPass[], kind: PassKind) => {
  const times = passes.filter((pass) => pass.kind === kind).map(({ at }) => at);
  return times.slice(1).map((at, i) => at - times[i]!);
};

test('what fits into the budget is done in full at each interval', () => {
  const schedule = new PassSchedule(1, 0.05);
  const { passes } = run(schedule, 60, { full: 0.04, counts: 0.01 });
  expect(passes.every(({ kind }) => kind === 'full')).toBe(true);
  expect(passes).toHaveLength(60);
  expect([schedule.full, schedule.counts]).toEqual([{ intervalSeconds: 1, cpuSeconds: 0.04 }, null]);
});

test('what does not fit becomes rarer, with counts at each interval between', () => {
  const schedule = new PassSchedule(1, 0.05);
  const { passes, share } = run(schedule, 300, { full: 0.5, counts: 0.02 });
  expect(share).toBeGreaterThan(0.04);
  expect(share).toBeLessThan(0.06);
  // 0.02 of 0.05 a second go to counting, 0.03 are left.
  expect(Math.abs(schedule.full.intervalSeconds - 0.5 / 0.03)).toBeLessThan(2);
  expect(schedule.counts).toEqual({ intervalSeconds: 1, cpuSeconds: 0.02 });
  const gaps = passes.slice(1).map(({ at }, i) => at - passes[i]!.at);
  expect(Math.max(...gaps)).toBeLessThan(2);
});

test('a million sockets: the budget is kept within a fifth over any five minutes', () => {
  // As measured: seconds of CPU for a full pass, and for one that counts where few or many are not in ESTABLISHED.
  for (const counts of [0.1, 0.25, 0.6]) {
    const costs: Costs = { first: 12, full: 1.3, counts, wallFactor: 1.1 };
    const shares = sharesOf(run(new PassSchedule(1, 0.05), 1800, costs).passes, costs, 300);
    expect(Math.min(...shares)).toBeGreaterThan(0.04);
    expect(Math.max(...shares)).toBeLessThan(0.06);
  }
});

test('counting takes half of the budget at most', () => {
  const { passes } = run(new PassSchedule(1, 0.05), 600, { full: 1, counts: 0.25 });
  const mean = (gaps: readonly number[]) => gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  expect(mean(between(passes, 'counts'))).toBeGreaterThan(8);
  expect(mean(between(passes, 'full'))).toBeGreaterThan(30);
  expect(mean(between(passes, 'full'))).toBeLessThan(50);
});

test('where counting is not cheaper, full passes alone become rarer', () => {
  const { passes, share } = run(new PassSchedule(1, 0.05), 300, {
    full: 0.2,
    counts: 0.2,
    countsAreCheap: false,
  });
  expect(passes.every(({ kind }) => kind === 'full')).toBe(true);
  expect(share).toBeLessThan(0.06);
});

test('the first pass, which meets everything for the first time, does not keep the second away', () => {
  const { passes } = run(new PassSchedule(1, 0.05), 10, { first: 3, full: 0.04, counts: 0.01 });
  expect(passes[1]!.at - passes[0]!.at).toBeLessThan(7);
  expect(passes[1]!.kind).toBe('full');
});

test('a pass begins no sooner after the last than that one took', () => {
  const { passes } = run(new PassSchedule(1, 1), 60, { full: 0.1, counts: 0.1, wallFactor: 30 });
  expect(Math.min(...between(passes, 'full'))).toBeGreaterThanOrEqual(6);
});

test('when passes become cheap again, they are full again, at each interval', () => {
  const schedule = new PassSchedule(1, 0.05);
  run(schedule, 120, { full: 1, counts: 0.05 });
  expect(schedule.counts).not.toBeNull();
  let now = schedule.nextAtSeconds;
  for (let i = 0; i < 60; i++) {
    const kind = schedule.next(now);
    const cpuSeconds = kind === 'full' ? 0.01 : 0.001;
    schedule.ended({
      kind,
      beginSeconds: now,
      endSeconds: now + cpuSeconds,
      cpuSeconds,
      countsAreCheap: true,
    });
    now = schedule.nextAtSeconds;
  }
  expect([schedule.full.intervalSeconds, schedule.counts]).toEqual([expect.closeTo(1), null]);
});

describe('what is usual between full passes', () => {
  const pass = (schedule: PassSchedule, beginSeconds: number, tookSeconds: number, cpuSeconds: number) =>
    schedule.ended({
      kind: 'full',
      beginSeconds,
      endSeconds: beginSeconds + tookSeconds,
      cpuSeconds,
      countsAreCheap: false,
    });

  test('is not what one that was held up took', () => {
    const schedule = new PassSchedule(1, 0.05);
    pass(schedule, 0, 0.1, 0.01);
    pass(schedule, 1, 100, 0.01);
    expect([schedule.usualFullSeconds, schedule.full.intervalSeconds]).toEqual([1, 200]);
    pass(schedule, 201, 100, 0.01);
    expect(schedule.usualFullSeconds).toBe(200);
  });

  test('is what the budget asks for', () => {
    const schedule = new PassSchedule(1, 0.05);
    pass(schedule, 0, 1, 1);
    pass(schedule, 2, 1, 1);
    expect(schedule.usualFullSeconds).toBeGreaterThan(10);
    expect(schedule.usualFullSeconds).toBeCloseTo(schedule.full.intervalSeconds);
  });
});

describe('whatever passes cost', () => {
  const cost = fc.double({ min: 0.001, max: 5, noNaN: true });
  const budget = fc.double({ min: 0.001, max: 1, noNaN: true });

  test('the budget is kept in the long run, and used where it is needed', () => {
    fc.assert(
      fc.property(cost, cost, budget, fc.boolean(), (full, counts, cpuBudget, countsAreCheap) => {
        const costs = { full, counts: Math.min(counts, full), countsAreCheap };
        // Long enough for what is saved up, and for one pass that is not paid yet, not to matter.
        const seconds = (100 * full) / cpuBudget + 2000;
        const { share } = run(new PassSchedule(1, cpuBudget), seconds, costs);
        expect(share).toBeLessThan(1.2 * cpuBudget);
        const wanted = Math.min(cpuBudget, full, 0.5);
        if (!countsAreCheap) expect(share).toBeGreaterThan(0.4 * wanted);
      }),
      { numRuns: 60 },
    );
  });
});
