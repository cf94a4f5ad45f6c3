/** The CPU time of this process, user and system, all threads. */
export interface CpuMeter {
  totalSeconds(): number;
  /** Since it was last taken, without what was spent in `apart`. */
  take(): number;
  /** Runs work whose cost is not to be counted. */
  apart<T>(work: () => T): T;
}

/** `clock` gives the seconds of CPU time since the process began. */
export function createCpuMeter(clock = cpuSeconds): CpuMeter {
  let takenAt = clock();
  return {
    totalSeconds: clock,
    take() {
      const before = takenAt;
      takenAt = clock();
      return Math.max(0, takenAt - before);
    },
    apart(work) {
      const begin = clock();
      try {
        return work();
      } finally {
        takenAt += clock() - begin;
      }
    },
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
