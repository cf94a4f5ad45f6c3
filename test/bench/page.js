/**
 * What the page costs a browser: `node page.js '{"sockets":…,"seconds":…,"updates":…}'`, in a network namespace of its own.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { io } from 'socket.io-client';
import { startScript } from './child.js';
import { startHalfclose } from './halfclose.js';
import { childrenOf } from './processes.js';
import { percent, tell } from './report.js';
import { median } from './statistics.js';
import { openWorld } from './world.js';

const HOLDERS = 8;
const OPENINGS = 5;
const SETTLE_SECONDS = 15;
/** Connections that are opened and closed, a second, so that something flows. */
const CHURN = 10;
const CHURN_PORT = 9000;
const MAX_PAINT_SECONDS = 1;
const MAX_SCRIPT_BYTES = 120_000;
const MAX_CORES = 0.03;
/** Of the heap, from the time on that the hour of history is full. */
const MAX_GROWTH = 0.05;
const HOUR = 3600;
const BROWSER = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

const { sockets, seconds, updates } = JSON.parse(process.argv[2]);
const title = `${sockets.toLocaleString('en')} sockets, an interval of 1 s, the overview open in Chromium`;
if (!existsSync(BROWSER.executablePath)) {
  tell({ title, notes: [], columns: [], rows: [], targets: [], missing: ['chromium'], failures: [] });
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'halfclose-bench-'));
const configFile = join(folder, 'halfclose.yml');
writeFileSync(
  configFile,
  'detectors:\n  close_wait_leak: { minAge: 5s, for: 1s }\n  fin_wait_stuck: { minAge: 5s, for: 1s }\n',
);

const browser = await chromium.launch(BROWSER);
const world = await openWorld('mix', sockets, HOLDERS);
const halfclose = await startHalfclose('--collect.interval=1s', `--config.file=${configFile}`);
const churn = startScript('load.js', 'ipv4', CHURN_PORT, 64);
const churning = setInterval(() => void churn.ask(`waiting ${CHURN}`), 1000);
await setTimeout(1000 * Math.min(SETTLE_SECONDS, seconds));

say(`opening the page ${OPENINGS} times`);
const openings = [];
for (let i = 0; i < OPENINGS; i++) openings.push(await opening());
say(`it is open, for ${seconds} s`);
const idle = await idling();
const state = await liveState(halfclose.url);
clearInterval(churning);
await churn.end();
await halfclose.stop();
await world.close();

say(`${updates} updates, as fast as the page takes them`);
const points = await soak();
await browser.close();
rmSync(folder, { recursive: true });

const paint = median(openings.map((each) => each.paintMs)) / 1000;
const verdict = median(openings.map((each) => each.verdictMs)) / 1000;
const scriptBytes = Math.max(...openings.map((each) => each.scriptBytes));
const full = points.filter(({ taken }) => taken >= Math.min(HOUR, updates / 2));
const growth = full.at(-1).heapBytes / full[0].heapBytes - 1;
const figure = (what, limit, value, unit, met) => ({ what, limit, figure: value, unit, met });
tell({
  title,
  notes: [
    `Opened ${OPENINGS} times with nothing in the cache, and left alone for ${seconds} s, while ${CHURN} connections came and went a second, with ${state.findings.length} findings.`,
    `Then ${updates.toLocaleString('en')} updates as fast as it takes them, a second apart by their own time; memory after a garbage collection.`,
  ],
  columns: ['After updates', ...points.map(({ taken }) => taken.toLocaleString('en'))],
  rows: [
    ['JavaScript heap, MB', ...points.map(({ heapBytes }) => (heapBytes / 1e6).toFixed(2))],
    ['DOM nodes', ...points.map(({ nodes }) => String(nodes))],
    ['Event listeners', ...points.map(({ listeners }) => String(listeners))],
  ],
  targets: [
    figure('First contentful paint', '≤ 1 s', paint, ' s', paint <= MAX_PAINT_SECONDS),
    figure('The verdict can be read', '≤ 1 s', verdict, ' s', verdict <= MAX_PAINT_SECONDS),
    figure(
      'JavaScript of the first view, gzip',
      '≤ 120 kB',
      scriptBytes / 1000,
      ' kB',
      scriptBytes <= MAX_SCRIPT_BYTES,
    ),
    figure(
      'Main thread of the idle page, of one core',
      '≤ 3 %',
      100 * idle.cores,
      ' %',
      idle.cores <= MAX_CORES,
    ),
    figure(
      'Growth of the heap once the hour of history is full',
      `≤ ${percent(MAX_GROWTH)}`,
      100 * growth,
      ' %',
      growth <= MAX_GROWTH,
    ),
  ],
  missing: [],
  failures: [],
});
process.exit(0);

function say(what) {
  process.stderr.write(`bench: ${what}\n`);
}

/** One visit of somebody who was never here. */
async function opening() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if ((document.querySelector('.verdict')?.textContent ?? '').trim() === '') return;
      observer.disconnect();
      globalThis.verdictMs = performance.now();
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto(halfclose.url);
  await page.waitForFunction(
    () =>
      globalThis.verdictMs !== undefined && performance.getEntriesByName('first-contentful-paint').length > 0,
  );
  await page.waitForLoadState('networkidle');
  const figures = await page.evaluate(() => ({
    verdictMs: globalThis.verdictMs,
    paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    scriptBytes: performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  }));
  await context.close();
  return figures;
}

/** CPU of the thread that runs the page, as a share of one core. */
async function idling() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(halfclose.url);
  await setTimeout(1000 * Math.min(SETTLE_SECONDS, seconds));
  const metrics = await metricsOf(page);
  const before = await metrics();
  await setTimeout(1000 * seconds);
  const after = await metrics();
  await page.close();
  const passed = after.Timestamp - before.Timestamp;
  const share = (name) => (after[name] - before[name]) / passed;
  process.stderr.write(
    `bench: main thread ${percent(share('ThreadTime'))}, process ${percent(share('ProcessTime'))}; tasks ${percent(share('TaskDuration'))}, of it script ${percent(share('ScriptDuration'))}, layout ${percent(share('LayoutDuration'))}, style ${percent(share('RecalcStyleDuration'))}\n`,
  );
  return { cores: share('ThreadTime') };
}

async function metricsOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
}

/** What a dashboard is told when it comes. */
async function liveState(url) {
  const socket = io(url, { transports: ['websocket'], extraHeaders: { origin: url } });
  const snapshot = await new Promise((resolve) => socket.once('snapshot', resolve));
  socket.close();
  return snapshot.state;
}

/** The server of the program, with an observer that does as it is told; what the page holds after so many updates. */
async function soak() {
  const begin = Date.now() - 1000 * updates;
  process.env.HALFCLOSE_BENCH_STATE = join(folder, 'state.json');
  writeFileSync(process.env.HALFCLOSE_BENCH_STATE, JSON.stringify({ ...state, at: begin }));
  const built = new URL('../../dist/server/', import.meta.url);
  const { serve } = await import(new URL('serve.js', built));
  const { loadConfig } = await import(new URL('config/load.js', built));
  const { createLog } = await import(new URL('log.js', built));
  const { config } = loadConfig(
    [`--storage.path=${join(folder, 'soak')}`, '--log.level=warn'],
    process.env,
    '0',
  );
  const served = await serve(
    config,
    {
      host: { name: 'soak', version: '0', kernel: release() },
      observerEntry: fileURLToPath(new URL('page-observer.js', import.meta.url)),
      dashboard: fileURLToPath(new URL('../web', built)),
    },
    createLog(config.log, 'server'),
  );
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  let frames = 0;
  page.on('websocket', (socket) => socket.on('framereceived', () => frames++));
  await page.goto(served.urls[0]);
  await page.locator('.verdict').waitFor();
  const metrics = await metricsOf(page);
  const session = await page.context().newCDPSession(page);
  const observer = childrenOf(process.pid).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('page-observer.js'),
  );
  const found = [];
  for (let taken = 1; taken <= updates; taken++) {
    process.kill(observer, 'SIGUSR2');
    const before = frames;
    for (const end = performance.now() + 1000; frames === before && performance.now() < end;)
      await setTimeout(1);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));
    if (taken % Math.round(updates / 6) === 0) {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      const { Nodes, JSEventListeners } = await metrics();
      found.push({ taken, heapBytes: usedSize, nodes: Nodes, listeners: JSEventListeners });
    }
  }
  await page.close();
  await served.stop();
  return found;
}
