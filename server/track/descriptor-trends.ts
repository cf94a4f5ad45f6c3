import type { Process, Trend } from '../model/snapshot.ts';
import { Trends } from './trend.ts';

/** Below this share of its limit a process has time enough. */
const LEAST_RATIO = 0.2;
const MAX_PROCESSES = 500;

/** How the open descriptors of processes move, whatever they are of. */
export class DescriptorTrends {
  private readonly trends = new Trends(MAX_PROCESSES);

  /** By index into `processes`. */
  record(processes: readonly Process[], monotonicSeconds: number): Map<number, Trend> {
    const found = new Map<number, Trend>();
    for (const [index, { pid, startTimeTicks, descriptors, descriptorLimit }] of processes.entries()) {
      if (descriptors === null || descriptorLimit === null) continue;
      if (descriptors < LEAST_RATIO * descriptorLimit) continue;
      const trend = this.trends.record(`${pid} ${startTimeTicks}`, monotonicSeconds, descriptors);
      if (trend) found.set(index, trend);
    }
    return found;
  }
}
