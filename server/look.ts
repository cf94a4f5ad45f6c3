/** Watches for some seconds in this process, for the commands that do without a server. */
import { setTimeout } from 'node:timers/promises';
import { createLog } from './log.ts';
import type { ObserverConfig } from './model/config.ts';
import type { Observation } from './model/observation.ts';
import { createObserver } from './observer.ts';

/**
 * The last complete observation; passes are made as the configuration says, and one more at the end. Rejects with one line
 * where the sockets could not be read whole even once.
 */
export async function lookFor(seconds: number, config: ObserverConfig): Promise<Observation> {
  const observer = createObserver(config, createLog(config.log, 'observer'));
  const never = new AbortController().signal;
  const end = now() + seconds;
  let complete: Observation | null = null;
  for (let isLast = false; ; isLast = now() >= end) {
    const observation = await observer.pass(never, isLast ? 'full' : undefined);
    if (observation.complete) complete = observation;
    if (isLast) {
      if (complete) return complete;
      const why = observation.units.flatMap(({ error }) => error ?? []).join('; ');
      throw new Error(`the sockets could not be read: ${why || 'rows are missing on every pass'}`);
    }
    await setTimeout(Math.max(0, Math.min(observer.nextAtSeconds(), end) - now()) * 1000);
  }
}

const now = () => performance.now() / 1000;
