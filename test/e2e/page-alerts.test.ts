import { afterAll, describe, expect, test, vi } from 'vitest';
import type { AlertAnswer, HushedAlert } from '../../server/model/alert-api.ts';
import type { Silence } from '../../server/model/silence.ts';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import { Hook } from './hook.ts';
import { browser, forgive, halfclose, open, page, PHONE, servePages, violations } from './page-fixture.ts';
import type { Client } from './world.ts';

/** Nobody listens there. */
const DEAD = 'http://127.0.0.1:9/hook';

describe('the view of alerts', () => {
  let hook: Hook;
  let leaky: Client;
  let alert: HushedAlert;
  servePages(async (world) => {
    hook = await Hook.listen();
    const server = await world.server('closing');
    leaky = world.client('leaky-client', server.port);
    await leaky.does('leak 7');
    await world.client('tiny-client', server.port).does('leak 2');
    const halfclose = await startHalfclose(world, {
      config: `
detectors: { close_wait_leak: { minAge: 1s, minCount: 5, for: 1s } }
receivers:
  - { name: team, webhook: { url: '${hook.url}' } }
  - { name: pager, webhook: { url: '${DEAD}' } }
alerts:
  keepFiringFor: 0s
  groupWait: 0s
  groupInterval: 0s
  quietHours: [{ from: '00:00', to: '00:00', timezone: UTC, matchers: ['team="nobody"'] }]
`,
      flags: ['--collect.interval=250ms'],
    });
    alert = await vi.waitFor(async () => {
      const { alerts } = await halfclose.get<{ alerts: HushedAlert[] }>('alerts');
      expect(alerts).toMatchObject([{ state: 'firing' }]);
      return alerts[0]!;
    }, WAIT);
    return halfclose;
  });
  afterAll(() => hook?.close());

  const row = () => `[data-alert="${alert.id}"]`;
  const runningSilences = async () => {
    const { silences } = await halfclose.get<{ silences: Silence[] }>('silences');
    return silences.filter(({ endsAt }) => Date.parse(endsAt) > Date.now());
  };

  async function openAlerts(id = '', lang = 'en'): Promise<void> {
    await open(`/alerts${id}?lang=${lang}`);
    await page.locator(row()).waitFor();
  }

  /** Walks on with Tab, as somebody without a mouse does, until what has the focus fits the selector. */
  async function tabTo(selector: string): Promise<void> {
    for (let steps = 0; steps < 60; steps++) {
      await page.keyboard.press('Tab');
      if (await page.locator(`${selector}:focus`).count()) return;
    }
    throw new Error(`Tab does not lead to ${selector}`);
  }

  test.each([
    ['en', /Warning Firing since \d.*leaky-client .*does not close 7/, /every day.*Hold now, and always/],
    ['zh-CN', /警告 触发中.*leaky-client.*7/, /每天.*生效中，始终有效/],
  ])(
    'in %s it says what fires, whom it tells, when it is quiet, and what is let pass',
    async (lang, said, quiet) => {
      await openAlerts('', lang);
      expect(await textOf(page, row())).toMatch(said);
      await page.locator('[data-receiver="team"][data-outcome="delivered"]').waitFor();
      await page.locator('[data-receiver="pager"][data-outcome="retry"]').waitFor();
      expect(await textOf(page, '[data-receiver="pager"]')).toContain('ECONNREFUSED');
      expect(await textOf(page, '[data-holds="true"]')).toMatch(quiet);
      expect(await textOf(page, '[data-considered="close_wait_leak"]')).toMatch(/tiny-client.*2 .*5/);
    },
  );

  test('an alert that is chosen has an address, its life, its labels, and its evidence to download', async () => {
    await openAlerts();
    await page.locator(`${row()} .title a`).click();
    await page.waitForURL(new RegExp(`/alerts/${alert.id}`));
    const one = page.locator('[data-one]');
    await one.locator('li.told').nth(1).waitFor();
    const life = await textOf(page, '[data-one] ol');
    expect(life).toMatch(/pending .*Firing.*team was told/);
    expect(life).toMatch(/Firing.*pager could not be told, will be tried again .*ECONNREFUSED/);
    expect(await textOf(page, '[data-one] dl')).toContain('process leaky-client');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      one.getByRole('link', { name: /JSON/ }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^halfclose-close_wait_leak-.*\.json$/);
    await one.getByRole('link', { name: 'The finding, with cause and advice' }).click();
    await page.waitForURL(new RegExp(`/findings/${alert.fingerprint}`));
  });

  test('the test of a receiver shows what was sent and what came back', async () => {
    await openAlerts();
    const told = hook.bodies.length;
    await page.getByRole('button', { name: 'Test team' }).click();
    await page.locator('dialog[open] [data-outcome="delivered"]').waitFor();
    expect(await textOf(page, 'dialog[open]')).toMatch(
      /Test of team Delivered Status 200 Took \d.*Sent.*Answer/,
    );
    const sent = (await page.locator('[data-sent]').textContent()) ?? '';
    expect(JSON.parse(sent)).toEqual(hook.bodies.slice(told).find(({ receiver }) => receiver === 'team'));
    expect(sent).toContain('\n  ');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Test pager' }).click();
    await page.getByText('There was no answer.').waitFor();
    expect(await textOf(page, 'dialog[open]')).toMatch(/Failed; it may work later.*ECONNREFUSED/);
  });

  test('a silence is made with the keyboard alone, holds back what its preview said, and is ended', async () => {
    await openAlerts();
    await tabTo(`${row()} button[aria-label^="Silence"]`);
    await page.keyboard.press('Enter');
    await page.locator('[data-preview="1"]').waitFor();
    // The focus is in the first field: the label of the first condition.
    await tabTo('[aria-label="Value"]');
    await page.keyboard.press('End');
    await page.keyboard.type('x');
    await page.locator('[data-preview="0"]').waitFor();
    expect(await textOf(page, 'dialog[open]')).toContain('Does not fit the one present alert');
    await page.keyboard.press('Backspace');
    await page.locator('[data-preview="1"]').waitFor();
    await tabTo('[type="radio"]');
    await page.keyboard.press('ArrowLeft');
    await tabTo('[name="author"]');
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('deploying');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open] [data-made]').waitFor();
    expect(await textOf(page, 'dialog[open]')).toMatch(/Silenced until .* It fits 1 alert at present/);
    await page.keyboard.press('Enter');
    await page.locator(`${row()} [data-held="silenced"]`).waitFor();
    const [silence] = await runningSilences();
    expect(silence).toMatchObject({ author: 'ada', comment: 'deploying' });
    expect(Date.parse(silence!.endsAt) - Date.parse(silence!.startsAt)).toBe(3_600_000);
    expect(await textOf(page, '[data-silence]')).toMatch(
      /deploying Holds until .*by ada · holds back 1 alert/,
    );

    await tabTo('[data-silence] button');
    await page.keyboard.press('Enter');
    await tabTo('[data-expire]');
    await page.keyboard.press('Enter');
    await page.locator('[data-done]').waitFor();
    await page.keyboard.press('Enter');
    await page.locator(`${row()} [data-held="silenced"]`).waitFor({ state: 'detached' });
    expect(await runningSilences()).toEqual([]);
  });

  test('what the server refuses is said in its words, and nothing that was typed is lost', async () => {
    forgive('400');
    await openAlerts();
    await page.getByRole('button', { name: 'New silence' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Label').fill('process');
    await dialog.getByLabel('Comparison').selectOption('=~');
    await dialog.getByLabel('Value').fill('(');
    await dialog.getByText('a regular expression as in RE2').waitFor();
    expect(await dialog.getByRole('button', { name: 'Silence', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Value').fill('leaky.*');
    await page.locator('[data-preview="1"]').waitFor();
    await dialog.getByText('until…').click();
    await dialog.getByLabel('Until', { exact: true }).fill('2001-01-01T00:00');
    await dialog.getByLabel('Your name').fill('ada');
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await dialog.getByText('Halfclose refused: endsAt: expected a time after the start').waitFor();
    expect(await dialog.getByLabel('Value').inputValue()).toBe('leaky.*');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New silence' }).click();
    expect(await dialog.getByLabel('Value').inputValue()).toBe('leaky.*');
    expect(await runningSilences()).toEqual([]);
  });

  test('an alert is acknowledged, which others see, and the acknowledgement is withdrawn', async () => {
    await openAlerts();
    const other = await browser.newPage();
    await other.goto(`${halfclose.url}/alerts?lang=zh-CN`);
    await page.locator(row()).getByRole('button', { name: 'Acknowledge' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Your name').fill('grace');
    await dialog.getByLabel('Comment').fill('on it');
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await dialog.getByText('Acknowledged by grace.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.locator(`${row()} [data-held="acknowledged"]`).waitFor();
    await other.locator(`${row()} [data-held="acknowledged"]`).getByText('grace 已认领').waitFor();
    await other.close();
    await page.locator(row()).getByRole('button', { name: 'Withdraw acknowledgement' }).click();
    await page.locator(`${row()} [data-held="acknowledged"]`).waitFor({ state: 'detached' });
    await page.getByText('The acknowledgement is withdrawn').waitFor();
    const { events } = await halfclose.get<AlertAnswer>(`alerts/${alert.id}`);
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['acknowledged', 'withdrawn']));
  });

  test.each(['en', 'zh-CN'])(
    'in %s an alert and the dialogs are accessible in both themes and fit a phone',
    async (lang) => {
      await page.setViewportSize(PHONE);
      await openAlerts(`/${alert.id}`, lang);
      await page.locator('[data-one] dl').waitFor();
      const look = async () => {
        expect(await violations()).toEqual([]);
        const widths =
          '[document.documentElement, ...document.querySelectorAll("dialog[open]")].map((e) => e.scrollWidth - e.clientWidth)';
        expect(Math.max(...(await page.evaluate<number[]>(widths)))).toBe(0);
      };
      await look();
      await page.locator(`${row()} .actions button`).first().click();
      await page.locator('[data-preview="1"]').waitFor();
      await look();
      await page.keyboard.press('Escape');
      await page.locator('[data-receiver="team"] button').click();
      await page.locator('[data-sent]').waitFor();
      await look();
    },
  );

  test('when it is over it is among the past ones, with how long it lasted, and its life has an end', async () => {
    await openAlerts(`/${alert.id}`);
    await leaky.does('close');
    await page.locator(`[data-past="${alert.id}"]`).waitFor();
    expect(await textOf(page, `[data-past="${alert.id}"]`)).toMatch(/leaky-client.* \d+ (s|min).*HTML JSON/);
    await page.locator('[data-one] li.resolved').waitFor();
    await page.locator('[data-one]').getByText('team was told that it is over').waitFor();
    forgive('404');
    await open('/alerts/nobody-knows-it?lang=en');
    await page.getByText('This alert is not known').waitFor();
  });
});
