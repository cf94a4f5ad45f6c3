import { describe, expect, test, vi } from 'vitest';
import { ALL_TOPICS } from '../../server/model/learn.ts';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import {
  documentWidth,
  fingerprintOf,
  forgive,
  isLeak,
  open,
  page,
  PHONE,
  servePages,
  violations,
  WATCHES_LEAKS,
} from './page-fixture.ts';

const LEAKED = 7;

describe('Learn in a real browser', () => {
  servePages(async (world) => {
    const server = await world.server('closing');
    await world.client('leaky-client', server.port).does(`leak ${LEAKED}`);
    const halfclose = await startHalfclose(world, WATCHES_LEAKS);
    await fingerprintOf(halfclose, isLeak);
    return halfclose;
  });

  async function openTopic(topic: string | null, query = 'lang=en'): Promise<void> {
    await open(`/learn${topic === null ? '' : `/${topic}`}?${query}`);
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
      await openTopic(null, query);
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
    await openTopic('CLOSE_WAIT');
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
    await openTopic('close_wait_leak');
    await page.locator('[data-setting="minAge"]').waitFor();
    expect(await textOf(page, '[data-setting="minAge"]')).toMatch(/^minAge 1 s \(set here\) 1 min Younger/);
    expect(await textOf(page, '[data-setting="minCount"]')).toMatch(/^minCount 5 5 Old/);
  });

  test('what the server cannot answer is said, and asked for again', async () => {
    forgive('503');
    await page.route('**/api/v1/detectors', (route) => route.fulfill({ status: 503, body: '{}' }));
    await openTopic('half_open');
    await page.getByText('The thresholds could not be loaded.').waitFor();
    await page.unroute('**/api/v1/detectors');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-setting="idleAfter"]').waitFor();
  });

  test('an unknown topic says so, and offers the nearest', async () => {
    await openTopic('close-wiat');
    expect(await textOf(page, 'main h1')).toBe('There is no topic “close-wiat”.');
    await page.getByRole('link', { name: 'CLOSE_WAIT', exact: true }).last().click();
    await page.locator('[data-topic="CLOSE_WAIT"]').waitFor();
  });

  test('a topic is found by the words that people use for it, by keyboard alone', async () => {
    await openTopic('CLOSE_WAIT');
    await page.keyboard.press('/');
    await page.keyboard.type('EADDRNOTAVAIL');
    await page.keyboard.press('Enter');
    await page.locator('[data-topic="ephemeral-ports"]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('no such thing');
    await page.getByText('Nothing is called “no such thing”.').waitFor();
  });

  test('a story is stepped through by the arrow keys, forth and back', async () => {
    await openTopic('four-way-close');
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
    await openTopic('four-way-close');
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
    await openTopic('three-way-handshake');
    await press('Next');
    await page.getByRole('button', { name: /^Lose: SYN/ }).click();
    await page.locator('[data-fate="lost"]').waitFor();
    await press('Let time pass: 1 s');
    expect(await textOf(page, '[data-simulator] [role="status"]')).toMatch(/the client sends SYN again/);
  });

  test('a crash of the program and the loss of the host are told apart', async () => {
    await openTopic('half-open');
    await at('right', 'Kill the program');
    expect(await state('right')).toBe('FIN_WAIT1');
    await press('Back');
    await at('right', 'Pull the plug');
    expect([await state('left'), await state('right')]).toEqual(['ESTABLISHED', 'CLOSE']);
    expect(await textOf(page, '[data-simulator] .turn')).toMatch(/half-open/);
  });

  test.each([
    ['en', null],
    ['en', 'TIME_WAIT'],
    ['zh-CN', 'TIME_WAIT'],
    ['en', 'half_open'],
    ['en', 'nothing-such'],
  ])('in %s, topic %s is accessible in both themes', async (lang, topic) => {
    await openTopic(topic, `lang=${lang}`);
    if (topic === 'TIME_WAIT') {
      for (let i = 0; i < 3; i++) await page.locator('[data-simulator] .next').click();
    }
    if (topic === 'half_open') await page.locator('[data-setting]').first().waitFor();
    expect(await violations()).toEqual([]);
  });

  test.each(['en', 'zh-CN'])('in %s it fits a phone without scrolling sideways', async (lang) => {
    await page.setViewportSize(PHONE);
    await openTopic(null, `lang=${lang}`);
    expect(await documentWidth()).toBe(PHONE.width);
    for (const topic of ['CLOSE_WAIT', 'close_wait_leak', 'ephemeral-ports']) {
      await page.locator(`main nav a[href^="/learn/${topic}?"]`).first().click();
      await page.locator(`[data-topic="${topic}"]`).waitFor();
      expect(await documentWidth(), topic).toBe(PHONE.width);
      await page.goBack();
    }
  });
});
