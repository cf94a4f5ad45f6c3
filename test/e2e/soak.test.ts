import { afterEach, beforeEach, expect, test } from 'vitest';
import { MEASURED, Observer } from './observer.ts';
import { isolated, skipUnlessPossible, sysctl, World } from './world.ts';

/** Sockets that it has met when it is first measured; then it meets twice as many again. */
const WARM = 30_000;
/** What a leak of a small object a socket would exceed: 60,000 × 32 bytes. */
const GROWTH_BYTES = 60_000 * 32;
const MEASURES = 3;

let world: World;
let observer: Observer | undefined;

beforeEach((context) => {
  skipUnlessPossible(context, 'perl');
  if (isolated) world = new World();
});
afterEach(async () => {
  await observer?.stop();
  observer = undefined;
  await world?.end();
});

test.each(['sock_diag', 'proc'] as const)(
  'by %s: what the observer keeps does not grow with the connections that have come and gone',
  async (source) => {
    // As many sockets at a time in the end as in the beginning.
    sysctl('net.ipv4.tcp_max_tw_buckets', '200');
    const churn = world.perl('churn.pl', '0', '1000');
    await churn.line();
    observer = new Observer({ source, intervalSeconds: 0.02, run: { args: MEASURED } });
    await observer.pass();
    churn.write('begin');
    await haveMet(observer, WARM);
    const before = await leastMemoryBytes(observer);
    await haveMet(observer, 3 * WARM);
    expect((await leastMemoryBytes(observer)) - before).toBeLessThan(GROWTH_BYTES);
  },
);

/** Waits until it has met so many sockets: ids are numbers in base 36 that count them. */
async function haveMet(of: Observer, sockets: number): Promise<void> {
  for (let met = 0; met < sockets;) {
    await of.pass();
    met = Math.max(met, ...(await of.sockets()).rows.map(({ id }) => parseInt(id, 36)));
  }
}

/** Of several measures, since each may be taken in the middle of something. */
async function leastMemoryBytes(of: Observer): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < MEASURES; i++) {
    await of.pass();
    least = Math.min(least, await of.memoryBytes());
  }
  return least;
}
