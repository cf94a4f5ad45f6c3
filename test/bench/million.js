/**
 * Whether the CPU budget is kept, and what is answered how fast meanwhile: `node million.js '{"sockets":…,"seconds":…}'`,
 * in a network namespace of its own.
 */
import { setTimeout } from 'node:timers/promises';
import { startScript } from './child.js';
import { startHalfclose, watch } from './halfclose.js';
import { memoryOf } from './processes.js';
import { megabytes, milliseconds, percent, tell } from './report.js';
import { percentile } from './statistics.js';
import { openWorld } from './world.js';

/** The default of --collect.cpu-budget. */
const BUDGET = 0.05;
const TOLERANCE = 0.2;
const MAX_OBSERVER_BYTES = 500e6;
/** Between two requests to one route. */
const PAUSE_MS = 300;
/** Pages of sockets are made by the observer, whose cost comes on top of the budget: they are asked for apart. */
const QUERYING_SHARE = 0.2;

/** `took`: seconds until each answer was there. */
const ROUTES = [
  { path: '/metrics', maxP99Seconds: 0.05, took: [] },
  { path: '/api/v1/summary', maxP99Seconds: 0.05, took: [] },
];
const PAGE = {
  path: '/api/v1/sockets?limit=100&filter=state%20established%20and%20dport%20%3D%20%3A1024',
  maxP99Seconds: 0.3,
  took: [],
};

const { sockets, seconds } = JSON.parse(process.argv[2]);
const failures = [];

/** Until that is done. A request that fails takes for ever. */
async function askUntil(done, { url, path, took }) {
  let isOver = false;
  void done.then(() => (isOver = true));
  while (!isOver) {
    const begin = performance.now();
    try {
      const answer = await fetch(url ?? `${halfclose.url}${path}`);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      took.push((performance.now() - begin) / 1000);
    } catch (error) {
      took.push(Infinity);
      failures.push(`${path}: ${error.message}`);
    }
    await setTimeout(PAUSE_MS);
  }
}

/** Gives what the observer took of a core. */
async function phase(what, phaseSeconds, routes) {
  process.stderr.write(`bench: ${sockets} sockets: ${what} for ${phaseSeconds} s\n`);
  const watched = watch([halfclose.observer], phaseSeconds);
  await Promise.all(routes.map((route) => askUntil(watched, route)));
  return (await watched)[0].cores;
}

const world = await openWorld('established', sockets);
const halfclose = await startHalfclose();
const bareServer = startScript('bare-server.js');
/** Asked in the same way: what it takes on this machine to answer at all. */
const bare = { path: 'a Node server that does nothing', url: await bareServer.ask('url'), took: [] };
const budgeted = await phase('watching the budget', seconds, [...ROUTES, bare]);
const querying = await phase('asking for pages of sockets', QUERYING_SHARE * seconds, [
  ...ROUTES,
  PAGE,
  bare,
]);
const { passes, intervalSeconds } = await (await fetch(`${halfclose.url}/api/v1/summary`)).json();
const { peakBytes } = memoryOf(halfclose.observer);
const server = memoryOf(halfclose.server);
await halfclose.stop();
await bareServer.end();
await world.close();

const counts = passes.counts
  ? `; a counts-only pass ${milliseconds(passes.counts.cpuSeconds)} ms, every ${passes.counts.intervalSeconds.toFixed(1)} s`
  : '';
tell({
  title: `${sockets.toLocaleString('en')} sockets, a CPU budget of ${100 * BUDGET} %`,
  notes: [
    `Over ${seconds} s; then ${QUERYING_SHARE * seconds} s in which pages of sockets are asked for too, which takes the observer to ${percent(querying)} of a core. ` +
      `At the end a full pass takes ${milliseconds(passes.full.cpuSeconds)} ms of CPU, every ${passes.full.intervalSeconds.toFixed(0)} s${counts}; the next pass is ${intervalSeconds.toFixed(1)} s after the last. ` +
      `The server's peak is ${megabytes(server.peakBytes)} MB.`,
  ],
  columns: ['', 'requests', 'p50, ms', 'p99, ms', 'longest, ms'],
  rows: [...ROUTES, PAGE, bare].map(({ url, path, took }) => [
    url ? path : `\`${decodeURIComponent(path)}\``,
    took.length,
    ...[0.5, 0.99, 1].map((share) => milliseconds(percentile(took, share))),
  ]),
  targets: [
    {
      what: "The observer's CPU, of one core",
      limit: '5 % ± 20 %',
      figure: 100 * budgeted,
      unit: ' %',
      met: Math.abs(budgeted / BUDGET - 1) <= TOLERANCE,
    },
    {
      what: "The observer's memory at its peak",
      limit: '≤ 500 MB',
      figure: peakBytes / 1e6,
      unit: ' MB',
      met: peakBytes <= MAX_OBSERVER_BYTES,
    },
    ...[...ROUTES, PAGE].map(({ path, took, maxP99Seconds }) => ({
      what: `p99 of \`${path.replace(/\?.*/, '')}\``,
      limit: `≤ ${1000 * maxP99Seconds} ms`,
      figure: 1000 * percentile(took, 0.99),
      unit: ' ms',
      met: percentile(took, 0.99) <= maxP99Seconds,
    })),
  ].map((target) => ({ ...target, ...(sockets < 1_000_000 && { askedFrom: 1_000_000 }) })),
  missing: [],
  failures: [...new Set(failures)],
});
process.exit(0);
