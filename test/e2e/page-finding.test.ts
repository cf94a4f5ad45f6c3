import { describe, expect, test, vi } from 'vitest';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import {
  fingerprintOf,
  forgive,
  halfclose,
  open,
  page,
  PHONE,
  servePages,
  violations,
} from './page-fixture.ts';
import type { Client } from './world.ts';

const LEAKED = 7;
const HOSTILE = '<img src=x>';

describe('the page of a finding in a real browser', () => {
  let leaky: Client;
  let leak: string;
  let stall: string;
  servePages(async (world) => {
    const [closing, stalled] = [await world.server('closing'), await world.server('stalled')];
    leaky = world.client(HOSTILE, closing.port);
    await leaky.does(`leak ${LEAKED}`);
    await world.client('waiting', stalled.port).does('open 3');
    const halfclose = await startHalfclose(world, {
      config:
        'detectors: { close_wait_leak: { minAge: 1s, minCount: 5, for: 1s }, accept_queue_full: { minWait: 1s } }',
      flags: ['--collect.interval=250ms'],
    });
    leak = await fingerprintOf(halfclose, ({ cause }) => cause === 'drained');
    stall = await fingerprintOf(halfclose, ({ cause }) => cause === 'not_accepting');
    return halfclose;
  });

  async function openFinding(fingerprint: string, query = 'lang=en'): Promise<void> {
    await open(`/findings/${fingerprint}?${query}`);
    await page.locator('[data-finding]').waitFor();
    await page.locator('[data-example]').first().waitFor();
  }

  /** What a screen reader gets of the ladder. */
  async function told(): Promise<string> {
    const steps = await page.locator('figure ol li').allTextContents();
    return steps.join(' ');
  }

  test('its ladder tells what happened, where it stopped and whose turn it is, to eyes and to ears', async () => {
    await openFinding(leak);
    expect(await told()).toMatch(
      /The peer: FIN\. This end is now in CLOSE_WAIT\..*This end: ACK\..*close\(\) never came.*The program must call close\(\).*Still missing from this end: close\(\) → FIN/,
    );
    expect(
      await page
        .locator('figure [data-step]')
        .evaluateAll((all) => all.map((each) => each.getAttribute('data-step'))),
    ).toEqual(['segment', 'segment', 'act', 'pause', 'stop', 'segment', 'segment']);
    await openFinding(stall);
    expect(await told()).toMatch(
      /accept\(\) was never called; 3 wait in an accept queue.*The program must call accept\(\)/,
    );
  });

  test('advice sets apart what is done in single runtimes; evidence has its raw names', async () => {
    await openFinding(leak);
    expect(await page.locator('li.item strong').allTextContents()).toEqual(
      expect.arrayContaining(['Go', 'Java', 'Node.js', 'Python requests']),
    );
    expect(await textOf(page, 'dl div:has-text("drained")')).toMatch(/Read to the end, not closed drained 7/);
  });

  test('a socket of it leads to its story, and its filter to all of them', async () => {
    await openFinding(leak);
    expect(await page.locator('[data-example]').count()).toBe(LEAKED);
    const example = page.locator('[data-example] a').first();
    expect(await example.getAttribute('href')).toMatch(/^\/sockets\/[0-9a-z]+\?/);
    await page.getByRole('link', { name: 'Show its sockets' }).click();
    await page.waitForURL(/\/sockets\?.*filter=.*close-wait/);
    await page.goBack();
    await page.locator('[data-finding]').waitFor();
    expect(await textOf(page, 'code')).toMatch(/^ss -tanp state close-wait/);
  });

  test('its alert is acknowledged with the keyboard, and the page says who is at it', async () => {
    await openFinding(leak);
    await page.locator('[data-alert="firing"]').waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    await dialog.getByRole('textbox').first().fill('Ada');
    await page.keyboard.press('Enter');
    await dialog.getByText('Ada').waitFor();
    await page.keyboard.press('Escape');
    await vi.waitFor(async () => {
      expect(await textOf(page, '[data-alert]')).toMatch(/Ada is at it since/);
    }, WAIT);
    await page.getByRole('button', { name: 'Withdraw acknowledgement' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  });

  test('the evidence stored with its alert can be had', async () => {
    await openFinding(leak);
    const link = page.getByRole('link', { name: /JSON/ });
    const href = await link.getAttribute('href');
    const answer = await page.request.get(`${halfclose.url}${href}`);
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toMatchObject({ alert: { fingerprint: leak } });
  });

  test('the name of a process is text, whatever stands in it', async () => {
    await openFinding(leak);
    expect(await textOf(page, 'h1')).toContain(HOSTILE);
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('an address of no finding says so, and where to go on', async () => {
    forgive('404');
    await open('/findings/0123456789abcdef?lang=zh-CN');
    await page.locator('[data-unknown]').waitFor();
    await page.getByRole('link', { name: '查看现在有哪些问题' }).click();
    await page.waitForURL(`${halfclose.url}/?lang=zh-CN`);
  });

  test('it is accessible in both themes', async () => {
    await openFinding(leak);
    expect(await violations()).toEqual([]);
  });

  test.each(['en', 'zh-CN'])('in %s it fits a phone without scrolling sideways', async (lang) => {
    await page.setViewportSize(PHONE);
    await openFinding(leak, `lang=${lang}`);
    const widest = await page
      .locator('main *')
      .evaluateAll((all) => Math.max(...all.map((each) => each.getBoundingClientRect().right)));
    expect(widest).toBeLessThanOrEqual(PHONE.width);
  });

  // Last, since it ends the leak.
  test('one that is over says since when, and shows how it was', async () => {
    await openFinding(leak);
    await leaky.does('close');
    await page.locator('[data-past]').waitFor();
    expect(await textOf(page, '[data-past] [role="status"]')).toMatch(/^It is over: last seen/);
    await page.reload();
    await page.locator('[data-past]').waitFor();
    expect(await textOf(page, 'h1')).toContain(HOSTILE);
    expect(await told()).toContain('close() never came');
  });
});
