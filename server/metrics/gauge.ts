import type { Counter, Gauge } from 'prom-client';

/** Takes all series away: after `reset` alone, a metric without labels would still say 0. */
export function withhold(metric: Pick<Gauge | Counter, 'reset' | 'remove'>): void {
  metric.reset();
  metric.remove({});
}
