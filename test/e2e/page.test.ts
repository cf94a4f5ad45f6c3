import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openBrowser, textOf } from './browser.ts';
import { startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isInstalled, isolated, skipUnlessPossible, World } from './world.ts';

const LEAKED = 7;
const FINDING = '[data-finding]';

describe('the page in a real browser', () => {
  let world: World;
  let halfclose: Halfclose;
  let browser: Browser;
  let page: Page;
  /** What the browser complained of: a script that threw, something that the policy or the server refused. */
  let complaints: string[];
  let requested: string[];

  beforeAll(async () => {
    if (!isolated || !isInstalled('chromium')) return;
    world = new World();
    const server = await world.server('closing');
    await world.client('leaky-client', server.port).does(`leak ${LEAKED}`);
    halfclose = await startHalfclose(world, {
      config: 'detectors: { close_wait_leak: { minAge: 1s, minCount: 5, for: 1s } }',
      flags: ['--collect.interval=250ms'],
    });
    browser = await openBrowser();
  });
  beforeEach(async (context) => {
    skipUnlessPossible(context, 'chromium');
    page = await browser.newPage();
    complaints = [];
    requested = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requested.push(request.url()));
  });
  afterEach(async () => {
    await page?.close();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });

  /** Opens the page and waits until the leak is on it. */
  async function open(query = 'lang=en'): Promise<void> {
    await page.goto(`${halfclose.url}/?${query}`);
    await page.locator(FINDING).waitFor();
  }

  test('a state with a finding differs from the others by shape and words, not by colour alone', async () => {
    await open();
    const wrong = page.locator('[data-state][data-trouble]');
    expect(await wrong.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-state')))).toEqual([
      'CLOSE_WAIT',
    ]);
    expect(await textOf(page, '[data-state="CLOSE_WAIT"]')).toMatch(/1 finding/);
    expect(await wrong.locator('svg path').count()).toBeGreaterThan(0);
    expect(await page.title()).toMatch(/^\(1\)/);
  });

  test('a finding shows some of its sockets, its evidence, and how sure it is', async () => {
    await open();
    await page.locator('[data-example]').nth(2).waitFor();
    expect(await textOf(page, '[data-example]')).toMatch(
      /^127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+ CLOSE_WAIT ≥? ?\d/,
    );
    await page.getByRole('button', { name: `Show ${LEAKED}` }).click();
    expect(await page.locator('[data-example]').count()).toBe(LEAKED);
    await page.locator(`${FINDING} .evidence > summary`).click();
    expect(await textOf(page, `${FINDING} .evidence`)).toMatch(/Read to the end, not closed 7/);
    expect(await textOf(page, FINDING)).toContain('all signs point to it');
  });

  test('the other language is fetched when it is chosen, and what is unfolded stays so', async () => {
    await open();
    await page.locator(`${FINDING} .evidence > summary`).click();
    const words = () => requested.filter((url) => url.includes('/assets/words.'));
    expect(words()).toHaveLength(1);
    await page.getByText('中文').click();
    await page.getByRole('heading', { name: '处理建议' }).waitFor();
    expect(words()).toHaveLength(2);
    expect(await textOf(page, `${FINDING} .evidence`)).toMatch(/已读完，未关闭 7/);
  });

  test('a state is a click away from its sockets and from what it means, and the address says so', async () => {
    await open();
    await page.locator('[data-state="CLOSE_WAIT"]').click();
    await page.locator('#state-panel').waitFor();
    expect(await textOf(page, '#state-panel')).toMatch(/CLOSE_WAIT.*FIN/);
    await page.waitForURL(/filter=.*close-wait/i);
    await page.locator('#sockets').scrollIntoViewIfNeeded();
    await page.locator(`[data-socket]:nth-of-type(${LEAKED})`).waitFor();
    // The browser's own connections pass through CLOSE_WAIT when they end.
    await vi.waitFor(async () => {
      const states = await page.locator('[data-socket] td.state').allInnerTexts();
      expect(states.map((text) => text.trim())).toEqual(Array<string>(LEAKED).fill('CLOSE_WAIT'));
    }, WAIT);
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    expect(await page.locator('#filter').inputValue()).toMatch(/close-wait/);
  });

  test('a mistake in the filter is shown with what was expected, and mending it brings the sockets', async () => {
    await open();
    await page.keyboard.press('/');
    await page.keyboard.type('state close-wiat');
    await page.locator('#filter-mistake').waitFor();
    expect(await page.locator('#filter-mistake mark').innerText()).toBe('close-wiat');
    await page.locator('#filter').fill('process = "leaky-client"');
    await page.locator('#filter-mistake').waitFor({ state: 'detached' });
    await page.locator('[data-socket]').first().waitFor();
    const processes = await page.locator('[data-socket] td.process').allInnerTexts();
    expect(processes).toHaveLength(LEAKED);
    for (const text of processes) expect(text).toContain('leaky-client');
  });

  test('it is served whole by this host, and the browser has nothing to complain of', async () => {
    await open();
    expect(complaints).toEqual([]);
    expect(requested.filter((url) => !/^(http|ws):\/\/127\.0\.0\.1:10793\//.test(url))).toEqual([]);
  });

  describe.each(['en', 'zh-CN'])('in %s', (lang) => {
    test.each(['light', 'dark'] as const)('it is accessible in the %s theme', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await open(`lang=${lang}`);
      await page.evaluate(axe.source);
      const results = await page.evaluate<AxeResults>('axe.run()');
      const violations = results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
      expect(violations).toEqual([]);
    });

    test('it fits a phone without scrolling sideways', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await open(`lang=${lang}`);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
      const boxes = await page
        .locator('[data-state]')
        .evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().right));
      expect(boxes).toHaveLength(11);
      expect(Math.max(...boxes)).toBeLessThanOrEqual(390);
    });
  });
});
