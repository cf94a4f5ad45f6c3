/**
 * One kind of Halfclose's own work in a process of its own, so that its peak memory is its own: `node pass.js WORK`. Takes
 * a line with the number of times, does it that often, and answers with what one cost, as JSON; or the line `settle`, and
 * goes on until the owners of all sockets are known, which is answered with what that took.
 */
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { createObserver } from '../../dist/server/observer.js';
import { loadSockDiagNetlink } from '../../dist/server/collect/netlink.js';
import { createOwners } from '../../dist/server/collect/owners.js';
import { sockDiag } from '../../dist/server/collect/sock-diag.js';
import { loadConfig } from '../../dist/server/config/load.js';
import { sum } from './statistics.js';

const never = new AbortController().signal;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Between two passes until owners are known: the default interval. The search may take a share of the time that passes. */
const PAUSE_MS = 1000;
const SETTLES_WITHIN_MS = 15 * 60_000;
/** Sockets that come and go with what is measured are not known on every pass. */
const PENDING_SHARE = 0.001;

/**
 * Each gives what is timed; that gives the number of sockets it found, how many of them have no owner yet, and how long all
 * detectors took, as far as it has such.
 */
const WORKS = {
  'sock_diag-full': () => pass('sock_diag', 'full'),
  'proc-full': () => pass('proc', 'full'),
  'sock_diag-counts': () => pass('sock_diag', 'counts'),
  async 'sock_diag-read'() {
    const source = sockDiag(await loadSockDiagNetlink());
    const { table } = await source.read(never);
    return async () => ({ sockets: (await source.read(never, table)).table.count });
  },
  async owners() {
    const source = sockDiag(await loadSockDiagNetlink());
    const { table } = await source.read(never);
    const owners = createOwners('/proc');
    return () => {
      const { owner } = owners.update(table, performance.now() / 1000, { key: 'own', pids: null });
      return { sockets: owner.subarray(0, table.count).filter((index) => index >= 0).length };
    };
  },
};

async function pass(source, kind) {
  const { config } = loadConfig([`--collect.source=${source}`, '--collect.cpu-budget=100%'], {}, '');
  const observer = createObserver(config.observer, silent);
  if (kind === 'counts') await observer.pass(never, 'full');
  return async () => {
    const done = await observer.pass(never, kind);
    if (done.kind !== kind || !done.complete || done.source.name !== source) {
      const failed = done.units.find(({ ok }) => !ok);
      const was = `${done.complete ? 'complete' : 'incomplete'} ${done.kind} pass by ${done.source.name}`;
      throw new Error(`expected a complete ${kind} pass by ${source}, was a ${was}: ${failed?.error}`);
    }
    const detectors = done.units.filter(({ kind }) => kind === 'detector');
    return {
      sockets: done.sockets.total,
      pending: done.ownership.sockets.pending,
      detectors: sum(detectors.map(({ durationSeconds }) => durationSeconds)),
    };
  };
}

const timed = await WORKS[process.argv[2]]();

async function cost(times) {
  let found;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < times; i++) found = await timed();
  const wall = (performance.now() - begin) / 1000 / times;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { user: user / 1e6 / times, system: system / 1e6 / times, wall, ...found };
}

async function settle() {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  for (let passes = 1; ; passes++) {
    const { sockets, pending } = await timed();
    const took = performance.now() - begin;
    if (pending <= PENDING_SHARE * sockets) {
      const { user, system } = process.cpuUsage(cpuBefore);
      return { passes, wall: took / 1000, cpu: (user + system) / 1e6 };
    }
    if (took > SETTLES_WITHIN_MS)
      throw new Error(`owners of ${pending} sockets are not known after ${took} ms`);
    await setTimeout(PAUSE_MS);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = line === 'settle' ? await settle() : await cost(Number(line));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
