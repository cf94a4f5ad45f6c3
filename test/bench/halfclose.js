import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, cpuOf, memoryOf } from './processes.js';
import { sum } from './statistics.js';

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
/** The first pass over a million sockets takes some seconds. */
const READY_WITHIN_MS = 120_000;

/** The built program with its defaults and those flags, in both its processes; it has seen the sockets once. */
export async function startHalfclose(...flags) {
  const storage = mkdtempSync(join(tmpdir(), 'halfclose-bench-'));
  const own = ['--log.level=warn', `--storage.path=${storage}`];
  const child = spawn(process.execPath, [MAIN, ...own, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = 'http://127.0.0.1:10793';
  const isReady = async () => (await fetch(`${url}/-/ready`)).ok;
  for (const end = performance.now() + READY_WITHIN_MS; !(await isReady().catch(() => false));) {
    if (child.exitCode !== null) throw new Error(`Halfclose ended with ${child.exitCode}`);
    if (performance.now() > end) throw new Error(`Halfclose is not ready after ${READY_WITHIN_MS / 1000} s`);
    await setTimeout(100);
  }
  const [observer] = childrenOf(child.pid);
  return {
    url,
    server: child.pid,
    observer,
    async stop() {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
      rmSync(storage, { recursive: true });
    },
  };
}

/**
 * Watches processes for that long.
 * @param {readonly number[]} pids
 * @param {number} seconds
 * @returns {Promise<{ cores: number, residentBytes: number }[]>} For each its CPU as a share of one core and the most
 *   memory it had at any second.
 */
export async function watch(pids, seconds) {
  const cpu = () => pids.map((pid) => sum(Object.values(cpuOf(pid))));
  const before = cpu();
  const begin = performance.now();
  const most = pids.map(() => 0);
  for (const end = begin + 1000 * seconds; performance.now() < end;) {
    await setTimeout(Math.min(1000, end - performance.now()));
    pids.forEach((pid, index) => (most[index] = Math.max(most[index], memoryOf(pid)?.residentBytes ?? NaN)));
  }
  const passed = (performance.now() - begin) / 1000;
  return cpu().map((after, index) => ({
    cores: (after - before[index]) / passed,
    residentBytes: most[index],
  }));
}
