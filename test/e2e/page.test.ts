import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { VIEW_PATHS, VIEWS, type View } from '../../server/model/views.ts';
import type { FindingsAnswer } from '../../server/model/api.ts';
import { openBrowser, textOf } from './browser.ts';
import { startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isInstalled, isolated, skipUnlessPossible, World } from './world.ts';

const LEAKED = 7;
/** As a program may call itself: it must be shown as the text that it is. */
const HOSTILE = '<img src=x>';

describe('the page in a real browser', () => {
  let world: World;
  let halfclose: Halfclose;
  let browser: Browser;
  let page: Page;
  let fingerprint: string;
  /** What the browser complained of: a script that threw, something that the policy or the server refused. */
  let complaints: string[];
  let requested: string[];

  beforeAll(async () => {
    if (!isolated || !isInstalled('chromium')) return;
    world = new World();
    const server = await world.server('closing');
    await world.client(HOSTILE, server.port).does(`leak ${LEAKED}`);
    halfclose = await startHalfclose(world, {
      config: 'detectors: { close_wait_leak: { minAge: 1s, minCount: 5, for: 1s } }',
      flags: ['--collect.interval=250ms'],
    });
    browser = await openBrowser();
    await vi.waitFor(async () => {
      const { findings } = await halfclose.get<FindingsAnswer>('findings');
      fingerprint = findings.find(({ detector }) => detector === 'close_wait_leak')!.fingerprint;
    }, WAIT);
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

  /** Opens a view and waits until it is there, with the data of a pass. */
  async function open(view: View, query = 'lang=en'): Promise<void> {
    const id = view === 'finding' ? `/${fingerprint}` : '';
    await page.goto(`${halfclose.url}${VIEW_PATHS[view]}${id}?${query}`);
    await page.locator(`main[data-view="${view}"]`).waitFor();
    await page.locator('.pulse strong').waitFor();
  }

  const shown = () => page.locator('main').getAttribute('data-view');

  test('a state with a finding differs from the others by shape and words, not by colour alone', async () => {
    await open('overview');
    const wrong = page.locator('[data-state][data-trouble]');
    await wrong.waitFor();
    expect(await wrong.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-state')))).toEqual([
      'CLOSE_WAIT',
    ]);
    expect(await textOf(page, '[data-state="CLOSE_WAIT"]')).toMatch(/1 finding/);
    expect(await wrong.locator('svg path').count()).toBeGreaterThan(0);
    expect(await page.title()).toMatch(/^\(1\)/);
  });

  test('a state is a click away from what it means and from its sockets, and the address says so', async () => {
    await open('overview');
    await page.locator('[data-state="CLOSE_WAIT"]').click();
    await page.locator('#state-panel').waitFor();
    expect(await textOf(page, '#state-panel')).toMatch(/CLOSE_WAIT.*FIN/);
    await page
      .locator('#state-panel')
      .getByRole('link', { name: /socket/ })
      .click();
    await page.waitForURL(/\/sockets\?.*filter=state\+close-wait/);
    expect(await page.locator('[data-search]').inputValue()).toBe('state close-wait');
  });

  test('every view has an address, Back and Forward walk between them, and none of it loads the page anew', async () => {
    await open('overview');
    await page.evaluate('globalThis.kept = true');
    for (const name of ['Sockets', 'Listeners & ports', 'Alerts', 'Learn']) {
      await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click();
      await page.locator('nav [aria-current="page"]').filter({ hasText: name }).waitFor();
    }
    await page.locator('main[data-view="learn"]').waitFor();
    await page.goBack();
    await page.locator('main[data-view="alerts"]').waitFor();
    await page.goForward();
    await page.locator('main[data-view="learn"]').waitFor();
    expect(await page.evaluate('globalThis.kept')).toBe(true);
    expect(await page.title()).toMatch(/Learn/);
  });

  test('keys lead to every view, to the search and to the list of keys', async () => {
    await open('overview');
    const keys = { s: 'sockets', p: 'listeners', a: 'alerts', l: 'learn', o: 'overview' };
    for (const [key, view] of Object.entries(keys)) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.locator(`main[data-view="${view}"]`).waitFor();
    }
    await page.keyboard.press('/');
    await page.locator('[data-search]:focus').waitFor();
    expect(await shown()).toBe('sockets');
    // Letters typed into a field are letters.
    await page.keyboard.type('g a?');
    expect(await shown()).toBe('sockets');
    await page.locator('main').focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog').filter({ hasText: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').filter({ hasText: 'Keys' }).waitFor({ state: 'hidden' });
  });

  test('the other language is fetched when it is chosen, and kept', async () => {
    await open('overview');
    const words = () => requested.filter((url) => /\/assets\/words\.(en|zh-cn)/.test(url));
    expect(words()).toHaveLength(1);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('link', { name: '套接字', exact: true }).waitFor();
    expect(words()).toHaveLength(2);
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await page.goto(`${halfclose.url}/sockets`);
    await page.getByRole('link', { name: '总览', exact: true }).waitFor();
  });

  test('an address of before the views had paths still leads to what it named', async () => {
    await page.goto(`${halfclose.url}/?lang=en#finding-${fingerprint}`);
    await page.waitForURL(new RegExp(`/findings/${fingerprint}`));
    await page.goto(`${halfclose.url}/?lang=en&filter=state+close-wait`);
    await page.waitForURL(/\/sockets\?/);
  });

  test('where the server is away a view says so, and comes when it is asked for again', async () => {
    await open('overview');
    await page.route(/\/assets\/LearnView/, (route) => route.abort());
    await page.getByRole('link', { name: 'Learn', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '“Learn” could not be fetched' }).waitFor();
    expect(await shown()).toBe('overview');
  });

  describe.each(VIEWS)('the view %s', (view) => {
    test('is served whole by this host, and the browser has nothing to complain of', async () => {
      await open(view);
      await page.waitForLoadState('load');
      await page.locator('main h1').waitFor();
      expect(complaints).toEqual([]);
      expect(requested.filter((url) => !/^(http|ws):\/\/127\.0\.0\.1:10793\//.test(url))).toEqual([]);
      // A process's name is text.
      expect(await page.locator('img').count()).toBe(0);
    });

    test.each(['en', 'zh-CN'])('is accessible in both themes, and fits a phone, in %s', async (lang) => {
      await open(view, `lang=${lang}`);
      await page.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const results = await page.evaluate<AxeResults>('axe.run()');
        const violations = results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
        expect(violations, colorScheme).toEqual([]);
      }
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    });
  });
});
