import type { UnitHealth } from './model/observation.ts';
import type { Log } from './model/units.ts';

/**
 * Times and judges every collector, so that one that fails neither stops a pass nor goes unnoticed.
 * What failed is logged once, until it works again.
 */
export interface UnitRunner {
  /** What the unit gives, or undefined where it throws. A partial failure is told by `partly`. */
  run<T>(
    name: string,
    work: () => T | Promise<T>,
    partly?: (result: T) => string | null,
  ): Promise<T | undefined>;
  /** What is wrong with a unit, '' where nothing is. */
  errorOf(name: string): string;
  /** How the units did since the last call. */
  take(): UnitHealth[];
}

export function createUnitRunner(log: Log): UnitRunner {
  const failing = new Map<string, string>();
  let healths: UnitHealth[] = [];

  function judged(name: string, begin: number, error: string | null): void {
    const durationSeconds = (performance.now() - begin) / 1000;
    healths.push({ name, kind: 'collector', ok: error === null, durationSeconds, error });
    if (error === null) {
      if (failing.delete(name)) log.info({ collector: name }, 'collector works again');
    } else {
      if (failing.get(name) !== error) log.warn({ collector: name, error }, 'collector failed');
      failing.set(name, error);
    }
  }

  return {
    async run(name, work, partly) {
      const begin = performance.now();
      try {
        const result = await work();
        judged(name, begin, partly?.(result) ?? null);
        return result;
      } catch (error) {
        judged(name, begin, error instanceof Error ? error.message : String(error));
        return undefined;
      }
    },
    errorOf: (name) => failing.get(name) ?? '',
    take() {
      const taken = healths;
      healths = [];
      return taken;
    },
  };
}
