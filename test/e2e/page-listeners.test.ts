import { describe, expect, test, vi } from 'vitest';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import {
  documentWidth,
  fingerprintOf,
  forgive,
  open,
  page,
  PHONE,
  servePages,
  violations,
} from './page-fixture.ts';
import { sysctl, type Client } from './world.ts';

/** A program may call itself so: it must be shown as the text that it is. */
const HOSTILE = '<img src=x>';
const MAXIMUM = 4;
const HELD = 6;
const CYCLED = 30;
/** More than one page of the table has. */
const MANY = 60;
const MANY_LISTENERS = `
  process.title = 'many';
  const { createServer } = require('node:net');
  for (let i = 0; i < ${MANY}; i++) createServer().listen(20000 + i, '127.0.0.1');
  process.stdin.on('end', () => process.exit()).resume();
  setTimeout(() => console.log('listening'), 0);
`;

describe('the view of listeners and ports', () => {
  let stalled: number;
  let sound: number;
  let client: Client;
  servePages(async (world) => {
    sysctl('net.core.somaxconn', String(MAXIMUM));
    sysctl('net.ipv4.ip_local_port_range', '40000 40199');
    sysctl('net.ipv4.ip_local_reserved_ports', '40190-40199');
    stalled = (await world.server('stalled')).port;
    sound = (await world.server('sound')).port;
    await world.client('waiting', stalled).does(`open ${MAXIMUM + 1}`);
    client = world.client(HOSTILE, sound);
    await client.does(`open ${HELD}`);
    await world.run(process.execPath, ['-e', MANY_LISTENERS]).line();
    const halfclose = await startHalfclose(world, {
      config: 'detectors: { accept_queue_full: { minWait: 1s } }',
      flags: ['--collect.interval=250ms'],
    });
    await fingerprintOf(halfclose, ({ detector }) => detector === 'accept_queue_full');
    return halfclose;
  });

  const listener = (port: number) => `[data-listener="host 127.0.0.1:${port}"]`;
  const destination = (port: number) => `[data-destination="host 127.0.0.1 127.0.0.1:${port}"]`;

  async function openListeners(query = 'lang=en'): Promise<void> {
    await open(`/listeners?${query}`);
    await page.locator('[data-listener]').first().waitFor();
    await page.locator('[data-destination]').first().waitFor();
  }

  test('a full accept queue stands first, and is said in words and by a shape', async () => {
    await openListeners();
    const first = page.locator('[data-listener]').first();
    expect(await first.getAttribute('data-listener')).toBe(`host 127.0.0.1:${stalled}`);
    await vi.waitFor(async () => {
      expect(await textOf(page, listener(stalled))).toMatch(
        /srv-stalled \d+ 5 of 4 full peak 5 5 ESTABLISHED 5/,
      );
    }, WAIT);
    expect(await first.locator('svg .mark').count()).toBe(1);
    expect(await textOf(page, listener(20_000))).toMatch(/many \d+ 0 of 4/);
  });

  test('a row opens by keyboard to its connections, its course and what is found, and the address says so', async () => {
    await openListeners();
    await page.locator(`${listener(stalled)} [data-opener]`).focus();
    await page.keyboard.press('Enter');
    const detail = page.locator('#listener-detail');
    await detail.locator('.uplot').waitFor();
    await detail.getByRole('link', { name: /accept queue/ }).waitFor();
    expect(await textOf(page, '#listener-detail')).toMatch(/It is full\..* net\.core\.somaxconn, both\./);
    const states = detail.getByRole('link', { name: '5', exact: true });
    expect(await states.getAttribute('href')).toMatch(/^\/sockets\?.*filter=state\+established/);
    expect(decodeURIComponent(page.url())).toContain(`/listeners/host 127.0.0.1:${stalled}?`);
    await page.reload();
    await detail.waitFor();
    await page.locator(`${listener(stalled)} [data-opener]`).focus();
    await page.keyboard.press('ArrowDown');
    const focused = await page.evaluate<string>('document.activeElement.closest("tr").dataset.listener');
    expect(focused).not.toBe(`host 127.0.0.1:${stalled}`);
    await page.keyboard.press('Enter');
    await page.locator(`[data-listener="${focused}"].open`).waitFor();
    expect(await detail.count()).toBe(1);
  });

  test('ports are told against the range less what is reserved, with the part in TIME_WAIT and who uses them', async () => {
    await openListeners();
    expect(await textOf(page, '[aria-labelledby="ports-heading"]')).toContain(
      '190 ports to each destination: 40000 to 40199, less 10 that are reserved.',
    );
    // TIME_WAIT lasts a minute.
    await client.does(`cycle ${CYCLED}`);
    const row = page.locator(destination(sound));
    const numbers = /(\d+) of 190 +\d+% +(\d+)/;
    await vi.waitFor(async () => {
      const [, used, timeWait] = numbers.exec(await textOf(page, destination(sound))) ?? [];
      expect(Number(timeWait)).toBeGreaterThanOrEqual(CYCLED);
      expect(Number(used)).toBe(HELD + Number(timeWait));
    }, WAIT);
    const [held, waiting] = await row
      .locator('.bar > span')
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().width));
    expect(waiting! / held!).toBeGreaterThanOrEqual(CYCLED / HELD - 1);
    await row.locator('[data-opener]').click();
    const detail = page.locator('#port-detail');
    await detail.getByText(HOSTILE).waitFor();
    expect(await textOf(page, '#port-detail')).toMatch(
      /no process \d+ sockets.* 6 sockets What to do Nothing: there is room/,
    );
    await detail.locator('.uplot').waitFor();
  });

  test('what is typed after a slash narrows listeners and destinations', async () => {
    await openListeners();
    await page.keyboard.press('/');
    await page.keyboard.type(`srv-sound :${sound}`);
    await vi.waitFor(async () => expect(await page.locator('[data-listener]').count()).toBe(1), WAIT);
    await page.getByText(/^Nothing here contains “srv-sound/).waitFor();
    await page.locator('[data-search]').fill(`127.0.0.1:${sound}`);
    await vi.waitFor(async () => {
      expect(await page.locator('[data-destination]').count()).toBe(1);
      expect(await page.locator('[data-listener]').count()).toBe(1);
    }, WAIT);
    expect(decodeURIComponent(page.url())).toContain(`filter=127.0.0.1:${sound}`);
  });

  test('a long list has pages, and is sorted by the head that is chosen', async () => {
    await openListeners('lang=en&sort=local');
    const local = page.locator('[aria-labelledby="listeners-heading"]');
    await local.getByText(/^1–40 of /).waitFor();
    await local.getByRole('button', { name: 'Next' }).click();
    await local.getByText(/^41–/).waitFor();
    await page.getByRole('button', { name: 'Process' }).click();
    await page.locator('th[aria-sort="ascending"]').getByText('Process').waitFor();
    expect(page.url()).toContain('sort=process');
  });

  test('a list that cannot be read says why, and comes by itself when it can', async () => {
    forgive('503');
    let isBroken = true;
    await page.route('**/api/v1/listeners', async (route) => {
      const error = { code: 'observer_down', message: 'the observer is down: SIGKILL' };
      await (isBroken ? route.fulfill({ status: 503, json: { error } }) : route.continue());
    });
    await open('/listeners?lang=en');
    await page.getByText('The list could not be read: the observer is down: SIGKILL.').waitFor();
    isBroken = false;
    await page.locator('[data-listener]').first().waitFor();
  });

  test('the overview has each limit with what happens there, and leads to what is near it', async () => {
    await open('/?lang=en');
    const queue = page.locator('[data-limit="accept_queue"]');
    await page.locator('[data-limit="accept_queue"][data-level="critical"]').waitFor();
    expect(await textOf(page, '[data-limit="accept_queue"]')).toMatch(/5 of 4/);
    expect(await textOf(page, '[data-limit="ports"]')).toMatch(/\d+ of 190/);
    // tcp_max_orphans is there in the first network namespace alone.
    expect(await textOf(page, '[data-limit="orphans"]')).toMatch(/cannot be read/);
    const meaning = queue.getByRole('note', { includeHidden: true });
    expect(await meaning.isVisible()).toBe(false);
    await queue.getByRole('link', { name: 'Accept queue' }).focus();
    await meaning.waitFor();
    expect(await meaning.innerText()).toMatch(/handshakes cannot end/);
    await page.keyboard.press('Escape');
    await meaning.waitFor({ state: 'hidden' });
    await queue.getByRole('link', { name: `127.0.0.1:${stalled}` }).click();
    await page.locator('#listener-detail').waitFor();
    expect(await page.locator(`${listener(stalled)}.open`).count()).toBe(1);
  });

  test('an open row is accessible in both themes', async () => {
    await openListeners();
    await page.locator(`${listener(stalled)} [data-opener]`).click();
    await page.locator('#listener-detail .uplot').waitFor();
    expect(await violations()).toEqual([]);
  });

  test.each(['en', 'zh-CN'])('in %s it fits a phone without scrolling sideways', async (lang) => {
    await page.setViewportSize(PHONE);
    await openListeners(`lang=${lang}`);
    await page.locator(`${destination(sound)} [data-opener]`).click();
    await page.locator('#port-detail .uplot').waitFor();
    expect(await documentWidth()).toBe(PHONE.width);
  });
});
