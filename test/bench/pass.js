/**
 * One kind of Halfclose's own work in a process of its own, so that its peak memory is its own: `node pass.js WORK`. Takes
 * a line with the number of times, does it that often, and answers with what one cost, as JSON.
 */
import { createInterface } from 'node:readline';
import { createObserver } from '../../dist/server/observer.js';
import { loadSockDiagNetlink } from '../../dist/server/collect/netlink.js';
import { createOwners } from '../../dist/server/collect/owners.js';
import { sockDiag } from '../../dist/server/collect/sock-diag.js';
import { loadConfig } from '../../dist/server/config/load.js';

const never = new AbortController().signal;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Each gives what is timed; that gives the number of sockets it found. */
const WORKS = {
  'sock_diag-full': () => pass('sock_diag', 'full'),
  'proc-full': () => pass('proc', 'full'),
  'sock_diag-counts': () => pass('sock_diag', 'counts'),
  async 'sock_diag-read'() {
    const source = sockDiag(await loadSockDiagNetlink());
    return async () => (await source.read(never)).table.count;
  },
  async owners() {
    const source = sockDiag(await loadSockDiagNetlink());
    const { table } = await source.read(never);
    const owners = createOwners('/proc');
    return () => {
      const { owner } = owners.update(table, performance.now() / 1000, { key: 'own', pids: null });
      return owner.subarray(0, table.count).filter((index) => index >= 0).length;
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
    return done.sockets.total;
  };
}

const timed = await WORKS[process.argv[2]]();
for await (const line of createInterface({ input: process.stdin })) {
  const times = Number(line);
  let sockets = 0;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < times; i++) sockets = await timed();
  const wall = (performance.now() - begin) / 1000 / times;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cost = { user: user / 1e6 / times, system: system / 1e6 / times, wall };
  process.stdout.write(`${JSON.stringify({ ...cost, sockets })}\n`);
}
process.exit(0);
