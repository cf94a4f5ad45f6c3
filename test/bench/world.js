import { readFileSync, writeFileSync } from 'node:fs';
import { startScript } from './child.js';

/** In many sandboxes a process may have 20,000, and it needs some for itself. */
const DESCRIPTORS_A_PROCESS = 18_000;
/** Ports to listen at lie below those that clients get. TIME_WAIT of the first has ended when the last is used. */
const FIRST_PORT = 1024;
const PORTS_A_PROCESS = 64;
const SETTINGS = {
  ip_local_port_range: '10000 65535',
  tcp_max_tw_buckets: '2000000',
  // By default the kernel gives ports in TIME_WAIT to new connections on loopback.
  tcp_tw_reuse: '0',
};
/** Fewer TIME_WAIT sockets missing than this share are not worth to be made again. */
const TOLERANCE = 0.01;

/** What a world of that many sockets consists of; a pair and a half are two sockets each. */
const KINDS = {
  established: (sockets) => ({ pairs: sockets / 2, halves: 0, waiting: 0, listeners: 0 }),
  time_wait: (sockets) => ({ pairs: 0, halves: 0, waiting: sockets, listeners: 0 }),
  mix: (sockets) => ({
    pairs: 0.3 * sockets,
    halves: 0.1 * sockets,
    waiting: 0.195 * sockets,
    listeners: 0.005 * sockets,
  }),
};
export const KIND_NAMES = Object.keys(KINDS);

/**
 * Opens that many sockets on loopback in this network namespace, which must be of its own: `mix` in both families, the
 * others in IPv4. `processes`: how many hold them; as few as may where it is left out.
 * @param {string} kind
 * @param {number} sockets
 * @param {number} [processes]
 */
export async function openWorld(kind, sockets, processes) {
  for (const [name, value] of Object.entries(SETTINGS)) writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
  const wanted = KINDS[kind](sockets);
  const descriptors = 2 * (wanted.pairs + wanted.halves) + wanted.listeners;
  const count = processes ?? Math.max(2, Math.ceil(descriptors / DESCRIPTORS_A_PROCESS));
  const holders = Array.from({ length: count }, (_, index) => {
    const family = kind === 'mix' && index % 2 === 1 ? 'ipv6' : 'ipv4';
    return startScript('load.js', family, FIRST_PORT + PORTS_A_PROCESS * index, PORTS_A_PROCESS);
  });

  /** Shares the work out, in whole numbers whose sum is `total`. */
  async function open(what, total) {
    const upTo = (index) => Math.round((total * index) / count);
    await Promise.all(holders.map((holder, index) => holder.ask(`${what} ${upTo(index + 1) - upTo(index)}`)));
  }

  async function fillUp() {
    const missing = wanted.waiting - timeWaitSockets();
    if (missing > TOLERANCE * wanted.waiting) await open('waiting', missing);
    return wanted.waiting === 0 ? 1 : timeWaitSockets() / wanted.waiting;
  }

  // Listeners first: they get ports of their own as long as these are free.
  for (const what of ['listeners', 'pairs', 'halves']) await open(what, wanted[what]);
  await fillUp();
  return {
    /** TIME_WAIT ends after a minute: opens as many again as have gone. Gives the share of them that is there then. */
    fillUp,
    async close() {
      await Promise.all(holders.map((holder) => holder.end()));
    },
  };
}

function timeWaitSockets() {
  return Number(/^TCP:.* tw (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1] ?? 0);
}
