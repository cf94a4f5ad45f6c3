import { describe, expect, test } from 'vitest';
import { VIEW_PATHS, VIEWS, type View } from '../../server/model/views.ts';
import { textOf } from './browser.ts';
import { startHalfclose } from './halfclose.ts';
import {
  documentWidth,
  fingerprintOf,
  forgive,
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
/** As a program may call itself: it must be shown as the text that it is. */
const HOSTILE = '<img src=x>';

describe('the page in a real browser', () => {
  let fingerprint: string;
  servePages(async (world) => {
    const server = await world.server('closing');
    await world.client(HOSTILE, server.port).does(`leak ${LEAKED}`);
    const halfclose = await startHalfclose(world, WATCHES_LEAKS);
    fingerprint = await fingerprintOf(halfclose, isLeak);
    return halfclose;
  });

  /** Opens a view and waits until it is there, with the data of a pass. */
  async function openView(view: View, query = 'lang=en'): Promise<void> {
    const id = view === 'finding' ? `/${fingerprint}` : '';
    await open(`${VIEW_PATHS[view]}${id}?${query}` as `/${string}`);
    await page.locator(`main[data-view="${view}"]`).waitFor();
    await page.locator('.pulse strong').waitFor();
  }

  const shown = () => page.locator('main').getAttribute('data-view');

  test('a state with a finding differs from the others by shape and words, not by colour alone', async () => {
    await openView('overview');
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
    await openView('overview');
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
    await openView('overview');
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
    await openView('overview');
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
    await openView('overview');
    const words = () => requested.filter((url) => /\/assets\/words\.(en|zh-cn)/.test(url));
    expect(words()).toHaveLength(1);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('link', { name: '套接字', exact: true }).waitFor();
    expect(words()).toHaveLength(2);
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await open('/sockets');
    await page.getByRole('link', { name: '总览', exact: true }).waitFor();
  });

  test('an address of before the views had paths still leads to what it named', async () => {
    await open(`/?lang=en#finding-${fingerprint}`);
    await page.waitForURL(new RegExp(`/findings/${fingerprint}`));
    await open('/?lang=en&filter=state+close-wait');
    await page.waitForURL(/\/sockets\?/);
  });

  test('where the server is away a view says so, and comes when it is asked for again', async () => {
    await openView('overview');
    forgive('ERR_FAILED');
    await page.route(/\/assets\/LearnView/, (route) => route.abort());
    await page.getByRole('link', { name: 'Learn', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '“Learn” could not be fetched' }).waitFor();
    expect(await shown()).toBe('overview');
  });

  describe.each(VIEWS)('the view %s', (view) => {
    test.each(['en', 'zh-CN'])(
      'is served whole by this host, is accessible in both themes, and fits a phone, in %s',
      async (lang) => {
        await openView(view, `lang=${lang}`);
        await page.locator('main h1').waitFor();
        expect(requested.filter((url) => !/^(http|ws):\/\/127\.0\.0\.1:10793\//.test(url))).toEqual([]);
        // A process's name is text.
        expect(await page.locator('img').count()).toBe(0);
        expect(await violations()).toEqual([]);
        await page.setViewportSize(PHONE);
        expect(await documentWidth()).toBe(PHONE.width);
      },
    );
  });
});
