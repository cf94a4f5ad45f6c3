import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { startScript } from './child.js';
import { endedChildrenCpu } from './libc.js';
import { cpuOf, isOnPath, memoryOf } from './processes.js';

/**
 * @typedef {{ user: number, system: number, wall: number, sockets?: number, detectors?: number }} Cost Of doing it once, in
 *   seconds.
 * @typedef {{
 *   id: string, name: string, warmUps: number,
 *   start(): Promise<void>, settle?(): Promise<Settled>, run(times: number): Promise<Cost>,
 *   peakBytes(): Promise<number | undefined>, stop(): Promise<void>,
 * }} Contender `settle`: goes on until what it does is the same each time.
 * @typedef {{ passes: number, wall: number, cpu: number }} Settled What that took, in seconds.
 */

/** Passes before the first that counts: the compiler warms up. */
const WARM_UPS = 5;
const EXPORTER_URL = 'http://127.0.0.1:9100/metrics';
/** Debian's name, and that of the project's own builds. */
const EXPORTERS = ['prometheus-node-exporter', 'node_exporter'];
const EXPORTER_FLAGS = [
  '--collector.disable-defaults',
  '--collector.tcpstat',
  '--web.listen-address=127.0.0.1:9100',
  '--log.level=error',
];
const EXPORTER_STARTS_WITHIN_MS = 20_000;

/** All that take turns, and the programs among them that are not installed. */
export function contenders() {
  const exporter = EXPORTERS.find(isOnPath);
  const peers = [
    { program: 'ss', contender: command('ss', 'ss', '-tan') },
    { program: 'cat', contender: command('cat', 'cat', '/proc/net/tcp', '/proc/net/tcp6') },
    { program: exporter ?? EXPORTERS[0], contender: nodeExporter(exporter) },
  ];
  const [present, missing] = [true, false].map((is) =>
    peers.filter(({ program }) => isOnPath(program) === is),
  );
  return {
    all: [
      observing('sock_diag-full', 'Halfclose, full pass by sock_diag'),
      observing('proc-full', 'Halfclose, full pass by /proc'),
      ours('sock_diag-counts', 'Halfclose, counts-only pass'),
      ours('sock_diag-read', 'of it: sock_diag read and decoded'),
      ...present.map(({ contender }) => contender),
    ],
    missing: missing.map(({ program }) => program),
  };
}

/** @returns {Contender} */
function observing(id, name) {
  const contender = ours(id, name);
  return { ...contender, settle: async () => JSON.parse(await contender.ask('settle')) };
}

/** @returns {Contender & { ask(line: string): Promise<string> }} */
function ours(id, name) {
  let script;
  return {
    ask: (line) => script.ask(line),
    id,
    name,
    warmUps: WARM_UPS,
    start: async () => void (script = startScript('pass.js', id)),
    run: async (times) => JSON.parse(await script.ask(String(times))),
    peakBytes: async () => memoryOf(script.pid)?.peakBytes,
    stop: () => script.end(),
  };
}

/** @returns {Contender} */
function command(id, program, ...args) {
  return {
    id,
    name: `\`${[program, ...args].join(' ')} > /dev/null\``,
    warmUps: 1,
    start: async () => undefined,
    async run(times) {
      const before = endedChildrenCpu();
      const begin = performance.now();
      for (let i = 0; i < times; i++) {
        const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
        if (status !== 0) throw new Error(`${program}: ended with ${status}: ${stderr}`);
      }
      const wall = (performance.now() - begin) / 1000 / times;
      const after = endedChildrenCpu();
      return {
        user: (after.user - before.user) / times,
        system: (after.system - before.system) / times,
        wall,
      };
    },
    // In a run that is not timed: getrusage() takes what this process has for what a child had before it was the program.
    async peakBytes() {
      const child = spawn(program, args, { stdio: 'ignore' });
      const exit = once(child, 'exit');
      await once(child, 'spawn');
      let peak;
      // Without a pause: small ones are done in milliseconds. What has ended has no memory, and is not gone before `exit`.
      for (let memory = memoryOf(child.pid); memory; memory = memoryOf(child.pid)) peak = memory.peakBytes;
      await exit;
      return peak;
    },
    stop: async () => undefined,
  };
}

/** @returns {Contender} */
function nodeExporter(program) {
  let child;
  const kill = () => child.kill('SIGKILL');

  async function scrape() {
    const answer = await fetch(EXPORTER_URL);
    const text = await answer.text();
    if (!/^node_tcp_connection_states\{/m.test(text)) {
      throw new Error(`${program}: no node_tcp_connection_states, the answer is ${answer.status}`);
    }
  }

  return {
    id: 'node_exporter',
    name: 'node_exporter, scrape of tcpstat alone',
    warmUps: 1,
    async start() {
      child = spawn(program, EXPORTER_FLAGS, { stdio: ['ignore', 'ignore', 'inherit'] });
      process.once('exit', kill);
      await once(child, 'spawn');
      for (const end = performance.now() + EXPORTER_STARTS_WITHIN_MS; ;) {
        try {
          return await scrape();
        } catch (error) {
          if (performance.now() > end || child.exitCode !== null) throw error;
        }
        await setTimeout(50);
      }
    },
    async run(times) {
      const before = cpuOf(child.pid);
      const begin = performance.now();
      for (let i = 0; i < times; i++) await scrape();
      const wall = (performance.now() - begin) / 1000 / times;
      const after = cpuOf(child.pid);
      return {
        user: (after.user - before.user) / times,
        system: (after.system - before.system) / times,
        wall,
      };
    },
    peakBytes: async () => memoryOf(child.pid)?.peakBytes,
    async stop() {
      if (child?.exitCode !== null) return;
      const exit = once(child, 'exit');
      kill();
      await exit;
      process.off('exit', kill);
    },
  };
}
