import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Of the times in /proc/PID/stat: USER_HZ, which is 100 on every machine that Node runs on. See proc(5). */
const TICKS_A_SECOND = 100;

/** What a process has cost so far, all its threads, in seconds; to 10 ms. */
export function cpuOf(pid) {
  // The name in brackets may itself hold brackets and spaces.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) / TICKS_A_SECOND, system: Number(fields[12]) / TICKS_A_SECOND };
}

/** VmRSS and VmHWM of /proc/PID/status; undefined where the process has ended. */
export function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const bytes = (name) => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]);
    const memory = { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
    // One that has ended and was not waited for yet has a status without sizes.
    return Number.isNaN(memory.peakBytes) ? undefined : memory;
  } catch {
    return undefined;
  }
}

export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

export function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
