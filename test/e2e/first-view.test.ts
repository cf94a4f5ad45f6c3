import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { startHalfclose, type Halfclose } from './halfclose.ts';
import { isInstalled, isolated, skipUnlessPossible, World } from './world.ts';

/** Of a PerformanceResourceTiming. */
interface Script {
  readonly name: string;
  readonly encodedBodySize: number;
  readonly decodedBodySize: number;
}

const MAX_BYTES = 120_000;

let world: World;
let halfclose: Halfclose;
let browser: Browser | undefined;

beforeAll(async () => {
  if (!isolated || !isInstalled('chromium')) return;
  world = new World();
  halfclose = await startHalfclose(world);
  browser = await openBrowser();
});
beforeEach((context) => skipUnlessPossible(context, 'chromium'));
afterAll(async () => {
  await browser?.close();
  await world?.end();
});

test.each(['en', 'zh-CN'])(
  'who opens the page in %s downloads at most 120 kB of scripts before the first view is whole',
  async (language) => {
    const page = await browser!.newPage();
    await page.goto(`${halfclose.url}/?lang=${language}`);
    await page.locator('.verdict').waitFor();
    await page.waitForLoadState('networkidle');
    const scripts = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.endsWith('.js'))
        .map((entry) => entry.toJSON() as Script),
    );
    await page.close();
    const sum = scripts.reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0);
    expect(sum).toBeGreaterThan(0);
    const said = scripts.map(({ name, encodedBodySize }) => `${encodedBodySize} ${name}`).join('\n');
    expect(sum, said).toBeLessThanOrEqual(MAX_BYTES);
    // They come compressed.
    expect(sum).toBeLessThan(scripts.reduce((bytes, { decodedBodySize }) => bytes + decodedBodySize, 0) / 2);
  },
);
