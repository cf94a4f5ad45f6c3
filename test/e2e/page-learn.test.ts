import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FindingsAnswer } from '../../server/model/api.ts';
import { ALL_TOPICS } from '../../server/model/learn.ts';
import { openBrowser, textOf } from './browser.ts';
import { startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isInstalled, isolated, skipUnlessPossible, World } from './world.ts';

const LEAKED = 7;

describe('Learn in a real browser', () => {
  let world: World;
  let halfclose: Halfclose;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

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
    await vi.waitFor(async () => {
      const { findings } = await halfclose.get<FindingsAnswer>('findings');
      expect(findings.map(({ detector }) => detector)).toContain('close_wait_leak');
    }, WAIT);
  });
  beforeEach(async (context) => {
    skipUnlessPossible(context, 'chromium');
    page = await browser.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page?.close();
    expect(complaints ?? []).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });

  async function open(topic: string | null, query = 'lang=en'): Promise<void> {
    await page.goto(`${halfclose.url}/learn${topic === null ? '' : `/${topic}`}?${query}`);
    await page.locator('main[data-view="learn"] h1').waitFor();
    await page.locator('.pulse strong').waitFor();
  }
  const state = (side: 'left' | 'right') =>
    textOf(page, `[data-simulator] [data-side="${side}"] .state .mono`);
  const press = (name: string) =>
    page.locator('[data-simulator]').getByRole('button', { name, exact: true }).click();
  const at = (side: 'left' | 'right', name: string) =>
    page.locator(`[data-side="${side}"]`).getByRole('button', { name, exact: true }).click();

  test('every topic has an address of its own, in both languages', async () => {
    for (const query of ['lang=en', 'lang=zh-CN']) {
      await open(null, query);
      const links = await page
        .locator('main nav a')
        .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('href')?.split('?')[0]));
      expect(links).toEqual(ALL_TOPICS.map((topic) => `/learn/${topic}`));
      for (const topic of ['three-way-handshake', 'half_open', 'age'] as const) {
        await page.locator(`main nav a[href^="/learn/${topic}?"]`).first().click();
        await page.locator(`[data-topic="${topic}"]`).waitFor();
        await page.goBack();
      }
    }
  });

  test('a state says how many of this host are in it, and leads to them and to what was found', async () => {
    await open('CLOSE_WAIT');
    await vi.waitFor(
      async () => expect(await textOf(page, '[data-now]')).toMatch(/7 sockets, the oldest/),
      WAIT,
    );
    await page.locator('[data-now]').getByRole('link', { name: '1 finding' }).click();
    await page.locator('main[data-view="finding"]').waitFor();
    await page.goBack();
    await page.locator('[data-now]').getByRole('link', { name: 'Show them' }).click();
    await page.waitForURL(/\/sockets\?.*filter=state\+close-wait/);
  });

  test('a detector tells its thresholds as they are set, beside the defaults', async () => {
    await open('close_wait_leak');
    await page.locator('[data-setting="minAge"]').waitFor();
    expect(await textOf(page, '[data-setting="minAge"]')).toMatch(/^minAge 1 s \(set here\) 1 min Younger/);
    expect(await textOf(page, '[data-setting="minCount"]')).toMatch(/^minCount 5 5 Old/);
  });

  test('what the server cannot answer is said, and asked for again', async () => {
    await page.route('**/api/v1/detectors', (route) => route.fulfill({ status: 503, body: '{}' }));
    await open('half_open');
    await page.getByText('The thresholds could not be loaded.').waitFor();
    await page.unroute('**/api/v1/detectors');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-setting="idleAfter"]').waitFor();
    complaints = complaints.filter((each) => !each.includes('503'));
  });

  test('an unknown topic says so, and offers the nearest', async () => {
    await open('close-wiat');
    expect(await textOf(page, 'main h1')).toBe('There is no topic “close-wiat”.');
    await page.getByRole('link', { name: 'CLOSE_WAIT', exact: true }).last().click();
    await page.locator('[data-topic="CLOSE_WAIT"]').waitFor();
  });

  test('a topic is found by the words that people use for it, by keyboard alone', async () => {
    await open('CLOSE_WAIT');
    await page.keyboard.press('/');
    await page.keyboard.type('EADDRNOTAVAIL');
    await page.keyboard.press('Enter');
    await page.locator('[data-topic="ephemeral-ports"]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('no such thing');
    await page.getByText('Nothing is called “no such thing”.').waitFor();
  });

  test('a story is stepped through by the arrow keys, forth and back', async () => {
    await open('four-way-close');
    await page.locator('[data-simulator] select').focus();
    await page.keyboard.press('Tab');
    for (const states of [
      ['FIN_WAIT1', 'ESTABLISHED'],
      ['FIN_WAIT1', 'CLOSE_WAIT'],
      ['FIN_WAIT2', 'CLOSE_WAIT'],
    ]) {
      await page.keyboard.press('ArrowRight');
      expect([await state('left'), await state('right')]).toEqual(states);
    }
    await page.keyboard.press('ArrowLeft');
    expect(await state('left')).toBe('FIN_WAIT1');
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
    expect([await state('left'), await state('right')]).toEqual(['CLOSE', 'LISTEN']);
    expect(await textOf(page, '[data-simulator] [role="status"]')).toMatch(/2MSL have passed/);
  });

  test('the reader may go another way: a reset where bytes were unread', async () => {
    await open('four-way-close');
    await at('left', 'write()');
    await page.getByRole('button', { name: /^Deliver: 10 bytes/ }).click();
    await at('right', 'close()');
    expect(await textOf(page, '[data-simulator] [role="status"]')).toMatch(/RST instead of FIN/);
    await page.getByRole('button', { name: /^Deliver: RST/ }).click();
    expect([await state('left'), await state('right')]).toEqual(['CLOSE', 'LISTEN']);
    await press('From the start');
    expect([await state('left'), await state('right')]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
  });

  test('a lost segment is drawn as lost, and the clock sends it again', async () => {
    await open('three-way-handshake');
    await press('Next');
    await page.getByRole('button', { name: /^Lose: SYN/ }).click();
    await page.locator('[data-fate="lost"]').waitFor();
    await press('Let time pass: 1 s');
    expect(await textOf(page, '[data-simulator] [role="status"]')).toMatch(/the client sends again/);
  });

  test('a crash of the program and the loss of the host are told apart', async () => {
    await open('half-open');
    await at('right', 'Kill the program');
    expect(await state('right')).toBe('FIN_WAIT1');
    await press('Back');
    await at('right', 'Pull the plug');
    expect([await state('left'), await state('right')]).toEqual(['ESTABLISHED', 'CLOSE']);
    expect(await textOf(page, '[data-simulator] .turn')).toMatch(/half-open/);
  });

  describe.each(['en', 'zh-CN'])('in %s', (lang) => {
    test.each(['light', 'dark'] as const)('it is accessible in the %s theme', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const topic of lang === 'en' ? [null, 'TIME_WAIT', 'half_open', 'nothing-such'] : ['TIME_WAIT']) {
        await open(topic, `lang=${lang}`);
        if (topic === 'TIME_WAIT') {
          for (let i = 0; i < 3; i++) await page.locator('[data-simulator] .next').click();
        }
        if (topic === 'half_open') await page.locator('[data-setting]').first().waitFor();
        await page.evaluate(axe.source);
        const results = await page.evaluate<AxeResults>("axe.run('main')");
        const violations = results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
        expect(violations, `${topic}`).toEqual([]);
      }
    });

    test('it fits a phone without scrolling sideways', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      for (const topic of [null, 'CLOSE_WAIT', 'close_wait_leak', 'ephemeral-ports']) {
        await open(topic, `lang=${lang}`);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth'), `${topic}`).toBe(390);
      }
    });
  });
});
