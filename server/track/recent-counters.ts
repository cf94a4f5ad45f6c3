import type { Counters, CounterWindow } from '../model/snapshot.ts';

/** Long enough that one burst is no rate, short enough to be of now. */
const WINDOW_SECONDS = 30;

interface Sample {
  readonly atSeconds: number;
  readonly elapsedSeconds: number;
  /** Increases since the sample before. */
  readonly increases: Counters;
}

/** How much each counter has risen over about the last half minute. */
export class RecentCounters {
  private samples: Sample[] = [];

  /** `increases`: since the pass before, which was `elapsedSeconds` ago. */
  record(increases: Counters, monotonicSeconds: number, elapsedSeconds: number): CounterWindow {
    this.samples.push({ atSeconds: monotonicSeconds, elapsedSeconds, increases });
    const oldest = monotonicSeconds - WINDOW_SECONDS;
    this.samples = this.samples.filter(
      ({ atSeconds }) => atSeconds > oldest || atSeconds === monotonicSeconds,
    );
    const seconds = this.samples.reduce((sum, sample) => sum + sample.elapsedSeconds, 0);
    const sums: Record<string, number> = {};
    for (const { increases } of this.samples) {
      for (const [name, value] of Object.entries(increases)) {
        if (value > 0) sums[name] = (sums[name] ?? 0) + value;
      }
    }
    return { seconds, increases: sums };
  }
}
