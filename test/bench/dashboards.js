/**
 * What many dashboards cost, of which some read nothing: `node dashboards.js '{"sockets":…,"clients":…,"seconds":…}'`, in a
 * network namespace of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startScript } from './child.js';
import { startHalfclose, watch } from './halfclose.js';
import { memoryOf } from './processes.js';
import { decimal, megabytes, percent, tell } from './report.js';
import { percentile, sum } from './statistics.js';
import { openWorld } from './world.js';

const PORT = 10_793;
const STALLED = 10;
const CLIENT_PROCESSES = 4;
/** Each has connections that are stuck in their close: a finding whose age moves at each pass. */
const HOLDERS = 30;
const MAX_P95_SECONDS = 2;
const SERVER_CORE = '0';
const CLIENT_CORE = '1';
const SETTLE_SECONDS = 10;
/** A socket whose peer reads nothing is given up by then, at the latest. */
const DROPPED_WITHIN_SECONDS = 90;

const { sockets, seconds, clients } = JSON.parse(process.argv[2]);

const settleSeconds = Math.min(SETTLE_SECONDS, seconds);

const folder = mkdtempSync(join(tmpdir(), 'halfclose-bench-'));
const config = join(folder, 'halfclose.yml');
writeFileSync(
  config,
  'detectors:\n  close_wait_leak: { minAge: 5s, for: 1s }\n  fin_wait_stuck: { minAge: 5s, for: 1s }\n',
);
const world = await openWorld('mix', sockets, HOLDERS);
const halfclose = await startHalfclose('--collect.interval=1s', `--config.file=${config}`);
const pinned = pin(halfclose.server, SERVER_CORE);
const processes = Array.from({ length: CLIENT_PROCESSES }, () => {
  const child = startScript('dashboard-clients.js', halfclose.url);
  if (pinned) pin(child.pid, CLIENT_CORE);
  return child;
});
const stalled = startScript('dashboard-clients.js', halfclose.url);
const ask = async (line) => Promise.all(processes.map(async (child) => JSON.parse(await child.ask(line))));

say('waiting for the findings');
await setTimeout(1000 * settleSeconds);
const alone = (await watch([halfclose.server], settleSeconds))[0];
say(`${clients} dashboards join at once`);
const joins = (await ask(`join ${Math.ceil(clients / CLIENT_PROCESSES)}`)).flat().map(({ ms }) => ms);
const ports = JSON.parse(await stalled.ask(`join ${STALLED}`)).map(({ port }) => port);
await setTimeout(1000 * settleSeconds);
const { findings } = await (await fetch(`${halfclose.url}/api/v1/findings`)).json();

say(`${STALLED} of them stop reading; watching for ${seconds} s`);
process.kill(stalled.pid, 'SIGSTOP');
const stalls = watchStalled(ports);
await lagSinceLastAsked();
await ask('begin');
const [server] = await watch([halfclose.server], seconds);
const measured = await ask('measured');
const lag = await lagSinceLastAsked();
const { peakBytes } = memoryOf(halfclose.server);
await stalls.end;
process.kill(stalled.pid, 'SIGCONT');

await Promise.all([...processes, stalled].map((child) => child.end()));
await halfclose.stop();
await world.close();
rmSync(folder, { recursive: true });

const delays = measured.flatMap((each) => each.delays);
const total = (name) => sum(measured.map((each) => each[name]));
const row = (name, values) => [
  name,
  ...[0.5, 0.95, 1].map((share) => String(Math.round(percentile(values, share)))),
];
const p95Seconds = percentile(delays, 0.95) / 1000;
tell({
  title: `${clients.toLocaleString('en')} dashboards, ${sockets.toLocaleString('en')} sockets, an interval of 1 s`,
  notes: [
    `Over ${seconds} s, with ${findings.length} findings that change at each pass; the server ${pinned ? 'may use one core only, and the dashboards the other' : 'is not pinned to a core'}.`,
    `${total('deltas')} updates were received, ${total('gaps')} were missed and made up for by ${total('snapshots')} snapshots, ${total('disconnects')} connections ended.`,
    `Beside these, ${STALLED} dashboards stopped reading: for each at most ${Math.round(stalls.mostBytes / 1000)} kB waited in the kernel, and all were given up after ${decimal(stalls.seconds)} s.`,
    'How late the event loop was includes 10 ms, the step of its clock.',
  ],
  columns: ['ms', 'p50', 'p95', 'max'],
  rows: [
    row('From the beginning of a pass to a dashboard', delays),
    row('From connecting to the snapshot, all at once', joins),
    ['Event loop late by', ...[lag.p50, lag.p99, lag.max].map((each) => (1000 * each).toFixed(0))],
    ['Server: CPU, of one core', percent(server.cores), '', ''],
    ['Server: CPU without a dashboard', percent(alone.cores), '', ''],
    ['Server: memory (RSS), MB', megabytes(server.residentBytes), '', megabytes(peakBytes)],
  ],
  targets: [
    {
      what: 'Update delay, p95',
      limit: '≤ 2 s',
      figure: p95Seconds,
      unit: ' s',
      met: p95Seconds <= MAX_P95_SECONDS,
    },
  ],
  missing: pinned ? [] : ['taskset'],
  failures: [
    ...(delays.length > 0 ? [] : ['the dashboards received nothing']),
    ...(Number.isFinite(stalls.seconds)
      ? []
      : [`a stalled dashboard was still there after ${DROPPED_WITHIN_SECONDS} s`]),
  ],
});
process.exit(0);

function say(what) {
  process.stderr.write(`bench: ${what}\n`);
}

/** All threads of a process to one core; false where that cannot be done. */
function pin(pid, core) {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', core, String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Seconds that callbacks were late by, since it was asked the last time. */
async function lagSinceLastAsked() {
  const text = await (await fetch(`${halfclose.url}/metrics`)).text();
  const value = (name) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text)?.[1]);
  return { p50: value('p50'), p99: value('p99'), max: value('max') };
}

/** What the server's kernel holds for those dashboards, and when it is rid of the last of them. */
function watchStalled(ports) {
  const watched = { mostBytes: 0, seconds: NaN, end: undefined };
  const wanted = new Set(ports.map(hex));
  watched.end = (async () => {
    const begin = performance.now();
    for (;;) {
      const passed = (performance.now() - begin) / 1000;
      const left = readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, remote]) => local?.endsWith(`:${hex(PORT)}`) && wanted.has(remote.split(':')[1]));
      for (const [, , , , queues] of left)
        watched.mostBytes = Math.max(watched.mostBytes, parseInt(queues.split(':')[0], 16));
      if (left.length === 0) return void (watched.seconds = passed);
      if (passed > DROPPED_WITHIN_SECONDS) return;
      await setTimeout(250);
    }
  })();
  return watched;
}

function hex(port) {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
