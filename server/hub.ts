import type { Observation } from './model/observation.ts';
import type { Log, Sink } from './model/units.ts';

/** Takes each Observation to every sink, in the order given. */
export interface Hub {
  publish(observation: Observation): void;
  close(): Promise<void>;
}

/** A sink that throws is logged once, until it works again; the sinks after it get the Observation all the same. */
export function createHub(sinks: readonly Sink[], log: Log): Hub {
  const failing = new Set<string>();
  return {
    publish(observation) {
      for (const sink of sinks) {
        try {
          sink.publish(observation);
          if (failing.delete(sink.name)) log.info({ sink: sink.name }, 'sink works again');
        } catch (err) {
          if (!failing.has(sink.name)) log.error({ sink: sink.name, err }, 'sink failed');
          failing.add(sink.name);
        }
      }
    },
    async close() {
      await Promise.allSettled(sinks.map(async (sink) => sink.close?.()));
    },
  };
}
