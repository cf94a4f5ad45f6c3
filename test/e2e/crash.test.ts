import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { childrenOf, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { Hook } from './hook.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

/** So often something is killed; by hundreds with `CRASHES=300 npm test -- test/e2e/crash`. */
const CRASHES = Number(process.env['CRASHES'] ?? 8);
const LEAKED = 5;
/** From one to the next: mostly shorter than an alert takes to begin. */
const MIN_LIFE_MS = 200;
const MAX_LIFE_MS = 4000;
/** A detector says that something has ended only after it has watched for some seconds: now and then there is time for it. */
const LONG_LIFE_MS = 12_000;
const LONG_LIVES = 0.2;
/** An alert begins and ends between crashes: on a busy machine it needs several lives for it. */
const TOLD = { ...WAIT, timeout: 120_000 };

const CONFIG = (url: string) => `
detectors:
  close_wait_leak: { minAge: 1s, minCount: ${LEAKED}, for: 1s }
receivers:
  - { name: team, maxPerMinute: 1000, webhook: { url: '${url}' } }
alerts: { keepFiringFor: 1s, groupWait: 0s, groupInterval: 0s }
`;

describe('while the server or the observer is killed at random, and starts again', () => {
  let world: World;
  let hook: Hook;
  let halfclose: Halfclose;
  let crashes = 0;
  let isOver = false;
  let crashing: Promise<void>;

  const start = async () => {
    halfclose = await startHalfclose(world, {
      config: CONFIG(hook.url),
      flags: ['--collect.interval=200ms'],
      storage: world.path('store'),
    });
  };

  /** Kills one of the two processes, of which the server is to be started again by somebody. */
  async function crash(): Promise<void> {
    const { pid } = halfclose.program;
    const [observer] = childrenOf(pid);
    if (Math.random() < 0.3 && observer !== undefined) process.kill(observer, 'SIGKILL');
    else {
      await halfclose.program.stop('SIGKILL');
      // The port is free again when the kernel has closed it, and the observer ends with its channel.
      await start();
    }
    crashes++;
  }

  async function crashAgainAndAgain(): Promise<void> {
    while (!isOver && crashes < CRASHES) {
      const lifeMs =
        Math.random() < LONG_LIVES ? LONG_LIFE_MS : MIN_LIFE_MS + Math.random() * (MAX_LIFE_MS - MIN_LIFE_MS);
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      await crash();
    }
  }

  beforeAll(async () => {
    if (!isolated) return;
    world = new World();
    hook = await Hook.listen();
    await start();
    crashing = crashAgainAndAgain();
  });
  beforeEach((context) => skipUnlessPossible(context));
  afterAll(async () => {
    isOver = true;
    await crashing;
    hook?.close();
    await world?.end();
  });

  test(
    'every alert is told and every end, and none twice without a crash',
    async () => {
      const { port } = await world.server('closing');
      const told = (name: string, status: string) =>
        hook.bodies.flatMap(({ alerts }) =>
          alerts.filter((alert) => alert.labels['process'] === name && alert.status === status),
        );
      let leaks = 0;
      while (crashes < CRASHES || leaks === 0) {
        const name = `leak-${++leaks}`;
        const leaky = world.client(name, port);
        await leaky.does(`leak ${LEAKED}`);
        await vi.waitFor(() => expect(told(name, 'firing')).not.toEqual([]), TOLD);
        await leaky.does('close');
        await vi.waitFor(() => expect(told(name, 'resolved')).not.toEqual([]), TOLD);
      }
      await crashing;
      // An alert keeps its beginning over all of it.
      for (let i = 1; i <= leaks; i++) {
        const begins = [...told(`leak-${i}`, 'firing'), ...told(`leak-${i}`, 'resolved')];
        expect(new Set(begins.map(({ startsAt }) => startsAt)).size).toBe(1);
      }
      const messages = hook.bodies.map(({ status, alerts }) =>
        JSON.stringify([status, alerts.map(({ labels, startsAt, endsAt }) => [labels, startsAt, endsAt])]),
      );
      const twice = messages.length - new Set(messages).size;
      expect(twice).toBeLessThanOrEqual(crashes);
    },
    CRASHES * 2 * TOLD.timeout,
  );
});
