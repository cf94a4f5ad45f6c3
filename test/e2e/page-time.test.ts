import { describe, expect, test, vi } from 'vitest';
import type { EpisodesAnswer } from '../../server/model/api.ts';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import {
  documentWidth,
  fingerprintOf,
  forgive,
  halfclose,
  isLeak,
  open,
  page,
  PHONE,
  requested,
  servePages,
  violations,
  WATCHES_LEAKS,
} from './page-fixture.ts';

const LEAKED = 7;
/** So many that a page which asks at each of them, or each second, has asked by then. */
const PASSES = 8;
/** How the server answers for a moment of which it keeps nothing. */
const NOT_KEPT = '404';
const CHART = '.time-chart [role="application"]';
/** Longer than what is no gap yet: three intervals, and two seconds at least. */
const GAP_MS = 6000;
/** After a moment that is looked at later: counts are kept by the second. */
const KEPT_MS = 2500;

describe('the time of the page', () => {
  let fingerprint: string;
  /** While there was a leak, and a server. */
  let before: number;
  /** While there was no server. */
  let between: number;
  servePages(async (world) => {
    const server = await world.server('closing');
    await world.client('leaky', server.port).does(`leak ${LEAKED}`);
    const options = { ...WATCHES_LEAKS, storage: world.path('store') };
    const first = await startHalfclose(world, options);
    fingerprint = await fingerprintOf(first, isLeak);
    // Kept for some seconds, then away for some.
    await vi.waitFor(async () => {
      const { episodes } = await first.get<EpisodesAnswer>('findings/episodes');
      expect(episodes).toHaveLength(1);
    }, WAIT);
    before = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before + KEPT_MS), WAIT);
    await first.program.stop();
    const stopped = Date.now();
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(stopped + GAP_MS), WAIT);
    between = stopped + GAP_MS - 500;
    const second = await startHalfclose(world, options);
    await fingerprintOf(second, isLeak);
    return second;
  });

  /** Opens the overview and waits until its chart is drawn. */
  async function openOverview(query = 'lang=en'): Promise<void> {
    await open(`/?${query}`);
    await page.locator(`${CHART} canvas`).waitFor();
    await page.locator('.pulse strong').waitFor();
  }

  /** Parts of the width of the chart, in the page's pixels. */
  async function across(...parts: number[]): Promise<{ x: number; y: number }[]> {
    const plot = page.locator(`${CHART} .u-over`);
    await plot.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await plot.boundingBox())!;
    return parts.map((part) => ({ x: x + part * width, y: y + height / 2 }));
  }

  async function drag(from: number, to: number): Promise<void> {
    const [begin, end] = await across(from, to);
    await page.mouse.move(begin!.x, begin!.y);
    await page.mouse.down();
    await page.mouse.move(end!.x, end!.y, { steps: 3 });
    await page.mouse.up();
  }

  const query = (name: string) => new URL(page.url()).searchParams.get(name);
  const lengthMs = () => Date.parse(query('to') ?? '') - Date.parse(query('from') ?? '');
  const past = () => page.locator('.past');

  test('a stretch dragged over is the new range, a double click the one before, and Back walks through both', async () => {
    await openOverview();
    await drag(0.25, 0.75);
    await page.waitForURL(/from=.*to=/);
    expect(lengthMs()).toBeGreaterThan(440_000);
    expect(lengthMs()).toBeLessThan(460_000);
    await drag(0.75, 0.5);
    await vi.waitFor(() => expect(lengthMs()).toBeLessThan(120_000), WAIT);
    expect(lengthMs()).toBeGreaterThan(105_000);
    await page.goBack();
    expect(lengthMs()).toBeGreaterThan(440_000);
    const [middle] = await across(0.5);
    await page.mouse.dblclick(middle!.x, middle!.y);
    await page.waitForURL((url) => !url.searchParams.has('from'));
    expect(query('at')).toBeNull();
    await page.goBack();
    await page.waitForURL(/from=.*to=/);
  });

  test('keys zoom and move the range of a chart that has the focus, and choose a moment', async () => {
    forgive(NOT_KEPT);
    await openOverview('lang=en&range=3600');
    await page.locator(CHART).focus();
    await page.keyboard.press('+');
    await page.waitForURL(/from=.*to=/);
    expect(lengthMs()).toBe(1_800_000);
    const to = Date.parse(query('to')!);
    await page.keyboard.press('ArrowLeft');
    await vi.waitFor(() => expect(Date.parse(query('to')!)).toBe(to - 450_000), WAIT);
    await page.keyboard.press('0');
    await page.waitForURL((url) => !url.searchParams.has('from'));
    for (let step = 0; step < 3; step++) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    await page.waitForURL(/at=/);
    await past().waitFor();
    // A space is the page's.
    expect(await page.locator(`${CHART}:focus`).count()).toBe(1);
  });

  test('a click shows the page as it was then, says so, and there is a way back', async () => {
    await openOverview(`lang=en&from=${iso(before - 10_000)}&to=${iso(before + 10_000)}`);
    await vi.waitFor(
      async () => expect(await textOf(page, '.time-chart .legend')).toMatch(/CLOSE_WAIT 7/),
      WAIT,
    );
    const [there] = await across(0.5);
    await page.mouse.click(there!.x, there!.y);
    await page.waitForURL(/at=/);
    expect(Math.abs(Date.parse(query('at')!) - before)).toBeLessThan(500);
    await past().getByText('Counts, rates and findings are those of that moment').waitFor();
    expect(await textOf(page, '[data-state="CLOSE_WAIT"]')).toMatch(/7/);
    expect(await textOf(page, '.past')).toMatch(/^This is \d\d:\d\d:\d\d, .* ago\./);
    await past().getByRole('button', { name: 'Back to now' }).click();
    await past().waitFor({ state: 'detached' });
    expect(query('from')).toBeNull();
    await page.goBack();
    await past().waitFor();
  });

  test('of a moment when nobody watched, or from before all that is kept, it says that, in the language chosen', async () => {
    forgive(NOT_KEPT);
    await openOverview(`lang=en&at=${iso(between)}`);
    await past().getByText('Nobody was watching then').waitFor();
    await openOverview(`lang=zh-CN&at=${iso(between)}`);
    await past().getByText('那时没有观测').waitFor();
    await openOverview('lang=en&at=2020-01-02T03:04:05Z');
    await past().getByText('Nothing is kept of that time').waitFor();
    expect(await textOf(page, '.past')).toMatch(/2020/);
  });

  test('a gap reads as one', async () => {
    await openOverview(`lang=en&from=${iso(between - 10_000)}&to=${iso(between + 10_000)}`);
    const [there] = await across(0.49);
    await vi.waitFor(async () => {
      await page.mouse.move(there!.x, there!.y);
      await page.mouse.move(there!.x + 2, there!.y);
      expect(await textOf(page, '.time-chart .legend')).toMatch(/nobody was watching/);
    }, WAIT);
  });

  test('a finding is one episode through a restart, marked on the time axis, and leads to its page', async () => {
    const { episodes } = await halfclose.get<EpisodesAnswer>(
      `findings/episodes?from=now-1h&fingerprint=${fingerprint}`,
    );
    expect(episodes).toMatchObject([{ fingerprint, count: LEAKED, endsAt: null }]);
    expect(Date.parse(episodes[0]!.startsAt)).toBeLessThan(before);
    await openOverview();
    const mark = page.locator('.marks').getByRole('link', { name: /^Warning: leaky .*since/ });
    await mark.focus();
    await mark.getByText(/does not close 7 connections/).waitFor();
    await mark.click();
    await page.waitForURL(new RegExp(`/findings/${fingerprint}`));
  });

  test('presets, earlier, held and any moment are in a popover on a phone, and nothing is wider than the page', async () => {
    await page.setViewportSize(PHONE);
    await openOverview('lang=en');
    await page.getByRole('button', { name: /^Time: choose range or moment/ }).click();
    const choice = page.locator('#time-choice');
    await choice.waitFor();
    const { x, width } = (await choice.boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(PHONE.width);
    expect(await violations()).toEqual([]);
    await choice.getByRole('button', { name: '1h' }).click();
    await page.waitForURL(/range=3600/);
    await choice.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Hold the charts still' }).click();
    await page.waitForURL(/from=.*to=/);
    expect(lengthMs()).toBe(3_600_000);
    const to = Date.parse(query('to')!);
    await page.getByRole('button', { name: 'Earlier' }).click();
    await vi.waitFor(() => expect(Date.parse(query('to')!)).toBe(to - 1_800_000), WAIT);
    await page.getByRole('button', { name: 'Follow now' }).click();
    await page.waitForURL((url) => !url.searchParams.has('from'));
    expect(await documentWidth()).toBe(PHONE.width);
  });

  test('a moment that is typed is shown; one that is to come is not', async () => {
    forgive(NOT_KEPT);
    await openOverview();
    await page.getByRole('button', { name: /^Time: choose range or moment/ }).click();
    const field = page.getByLabel('Show the page as it was at');
    await field.fill('2999-01-02T03:04:05');
    await field.press('Enter');
    await page.locator('#time-choice').getByText('still to come').waitFor();
    await field.fill('2020-01-02T03:04:05');
    await field.press('Enter');
    await page.waitForURL(/at=2020-01-02/);
    await past().waitFor();
  });

  test('who does not see the chart has a table of it, and what the page is told live is not asked for again', async () => {
    let told = 0;
    page.on('websocket', (socket) => socket.on('framereceived', () => told++));
    await openOverview();
    const table = page.locator('.time-chart table');
    await vi.waitFor(async () => {
      expect(await table.locator('tr').filter({ hasText: 'CLOSE_WAIT' }).innerText()).toMatch(
        /CLOSE_WAIT\s+\d+\s+\d+\s+7/,
      );
    }, WAIT);
    const toldSoFar = told;
    await vi.waitFor(() => expect(told).toBeGreaterThan(toldSoFar + PASSES), WAIT);
    const ofStates = () => requested.filter((url) => url.includes('tcp_sockets{state="close_wait"}'));
    expect(ofStates()).toEqual([]);
    await page.getByRole('button', { name: '6h' }).click();
    await vi.waitFor(() => expect(ofStates()).toHaveLength(1), WAIT);
    expect(await textOf(page, '.time-chart .note')).toMatch(/Nothing is kept from before|Reading/);
  });
});

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
