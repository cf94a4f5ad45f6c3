import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openBrowser, textOf } from './browser.ts';
import { childrenOf, sample, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isolated, runningHere, skipUnlessPossible, World } from './world.ts';

describe('the two processes', () => {
  let world: World;
  let halfclose: Halfclose;

  beforeEach(async (context) => {
    skipUnlessPossible(context);
    world = new World();
    halfclose = await startHalfclose(world, { flags: ['--collect.interval=250ms'] });
  });
  afterEach(async () => {
    if (!isolated) return;
    // Where npm has ended without its program, that is still there.
    for (const pid of runningHere('server/start.js')) process.kill(pid, 'SIGKILL');
    await world.end();
  });

  function observer(): number {
    const [pid, ...others] = childrenOf(halfclose.program.pid);
    if (pid === undefined || others.length > 0)
      throw new Error(`expected one child, found ${others.length + 1}`);
    return pid;
  }

  /** Kills the observer, and each that takes its place, until the wait before the next is long enough to look around in. */
  async function killObserver(times: number): Promise<void> {
    let last = 0;
    for (let i = 0; i < times; i++) {
      last = await vi.waitFor(() => {
        const pid = observer();
        expect(pid).not.toBe(last);
        return pid;
      }, WAIT);
      process.kill(last, 'SIGKILL');
    }
    await vi.waitFor(() => expect(existsSync(`/proc/${last}`)).toBe(false), WAIT);
  }

  test('without its observer the server answers, says that its numbers are stale, and has it back', async () => {
    await killObserver(4);
    const metrics = await halfclose.text('/metrics');
    expect(sample(metrics, 'halfclose_observer_up')).toBe(0);
    expect(metrics).not.toMatch(/^halfclose_tcp_sockets\{/m);
    expect(await halfclose.text('/-/healthy')).toMatch(/healthy/);
    const summary = await halfclose.get<{ at: string; stale: boolean }>('summary');
    expect(summary.stale).toBe(true);
    expect((await fetch(`${halfclose.url}/api/v1/sockets`)).status).toBe(503);

    await vi.waitFor(async () => {
      const recovered = await halfclose.text('/metrics');
      expect(sample(recovered, 'halfclose_observer_up')).toBe(1);
      expect(recovered).toMatch(/^halfclose_tcp_sockets\{/m);
      expect(sample(recovered, 'halfclose_observer_restarts_total')).toBe(4);
    }, WAIT);
    expect((await halfclose.get<{ at: string; stale: boolean }>('summary')).stale).toBe(false);
  });

  test('the page says that what it shows is stale and how old it is, until the observer is back', async (context) => {
    skipUnlessPossible(context, 'chromium');
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${halfclose.url}/?lang=en`);
      await page.locator('[data-state="ESTABLISHED"]').waitFor();
      await page.locator('[data-stale="true"]').waitFor({ state: 'detached' });
      await killObserver(5);
      await page.locator('[data-stale="true"]').waitFor();
      expect(await textOf(page, '[data-stale="true"]')).toMatch(/stale.*\b\d+(\.\d+)? ?s/i);
      await page.locator('[data-stale="true"]').waitFor({ state: 'detached' });
    } finally {
      await browser.close();
    }
  });

  test('when the server is killed, its observer goes too', async () => {
    const pid = observer();
    expect(await halfclose.program.stop('SIGKILL')).toBe('SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), WAIT);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends both, with exit code 0', async (signal) => {
    const pid = observer();
    expect(await halfclose.program.stop(signal)).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('npm start is the program itself: SIGTERM reaches it, and its exit code is passed on', async () => {
    await halfclose.program.stop();
    const npm = world.run('npm', ['start', '--', '--collect.interval=250ms']);
    await vi.waitFor(async () => expect((await fetch(`${halfclose.url}/-/ready`)).status).toBe(200), WAIT);
    expect(await npm.stop('SIGTERM')).toBe(0);
    expect(runningHere('dist/server/')).toEqual([]);
    expect(runningHere('server/start.js')).toEqual([]);
    expect(await world.run('npm', ['start', '--', '--nonsense']).ended).toBe(2);
  });
});
