import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { createObserver } from '../../dist/server/observer.js';
import { loadSockDiagNetlink } from '../../dist/server/collect/netlink.js';
import { procNetTcp } from '../../dist/server/collect/proc-net-tcp.js';
import { sockDiag } from '../../dist/server/collect/sock-diag.js';
import { parseDuration } from '../../dist/server/model/duration.js';
import { DetectorsSchema, defaultsOf } from '../../dist/server/model/options.js';

/**
 * @typedef {{ user: number, system: number, wall: number }} Cost Milliseconds.
 * @typedef {{ id: string, name: string, run: () => Promise<Cost> }} Contender
 */

const never = new AbortController().signal;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * What is timed, new for each number of sockets.
 * @param {number} repeat How often each does its work for one sample: short ones are below the clock's resolution.
 * @returns {Promise<Contender[]>}
 */
export async function contenders(repeat) {
  const proc = procNetTcp('/proc');
  const diag = sockDiag(await loadSockDiagNetlink());
  const byProc = observerOf('proc');
  const byDiag = observerOf('sock_diag');
  const ours = (id, name, work) => ({ id, name, run: () => inProcess(repeat, work) });
  return [
    ours('kernel', 'kernel alone: read() of tcp and tcp6', readRaw),
    ours('procRead', '/proc: parsed into columns', () => proc.read(never)),
    ours('procPass', '/proc: whole pass of the observer', () => byProc.pass(never, 'full')),
    ours('diagRead', 'sock_diag: decoded into columns', () => diag.read(never)),
    ours('diagPass', 'sock_diag: whole pass of the observer', () => byDiag.pass(never, 'full')),
    ours('diagCounts', 'sock_diag: pass that only counts', () => byDiag.pass(never, 'counts')),
    { id: 'ss', name: 'ss -tan > /dev/null', run: () => asProcess(repeat, 'ss -tan > /dev/null') },
  ];
}

/** @param {'proc' | 'sock_diag'} source */
function observerOf(source) {
  return createObserver(
    {
      procfs: '/proc',
      intervalSeconds: 1,
      source,
      cpuBudget: 1,
      detectors: defaultsOf(DetectorsSchema, (text) => parseDuration(text) ?? NaN),
      log: { level: 'error', format: 'logfmt' },
    },
    silent,
  );
}

const buffer = Buffer.allocUnsafe(64 * 1024);

function readRaw() {
  for (const name of ['tcp', 'tcp6']) {
    const file = openSync(`/proc/net/${name}`, 'r');
    while (readSync(file, buffer, 0, buffer.length, null) > 0);
    closeSync(file);
  }
}

/**
 * @param {number} repeat
 * @param {() => unknown} work
 * @returns {Promise<Cost>}
 */
async function inProcess(repeat, work) {
  const before = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < repeat; i++) await work();
  const wall = performance.now() - begin;
  const { user, system } = process.cpuUsage(before);
  return { user: user / 1000 / repeat, system: system / 1000 / repeat, wall: wall / repeat };
}

/**
 * The shell's `times` gives what its children cost, in its second line: `0m0.010000s 0m0.190000s`.
 * @param {number} repeat
 * @param {string} command
 * @returns {Promise<Cost>}
 */
async function asProcess(repeat, command) {
  const begin = performance.now();
  const script = `i=0; while [ $i -lt ${repeat} ]; do ${command} || exit 1; i=$((i + 1)); done; times`;
  const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  const wall = performance.now() - begin;
  if (status !== 0) throw new Error(`${command}: failed; is it installed?`);
  const [user, system] = [...(stdout.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => (Number(minutes) * 60 + Number(seconds)) * 1000,
  );
  return { user: user / repeat, system: system / repeat, wall: wall / repeat };
}
