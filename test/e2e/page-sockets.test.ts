import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { SocketsAnswer } from '../../server/model/api.ts';
import { textOf } from './browser.ts';
import { startHalfclose, WAIT } from './halfclose.ts';
import {
  documentWidth,
  forgive,
  halfclose,
  open,
  page,
  PHONE,
  servePages,
  violations,
  WATCHES_LEAKS,
  world,
} from './page-fixture.ts';
import type { Client } from './world.ts';

const LEAKED = 7;
const CROWD = 300;
const ROW = '[data-socket]';
/** Markup, if anybody took it for that. */
const HOSTILE = '<b>crowd</b>';

describe('the sockets in a real browser', () => {
  let crowd: Client;
  let late: Client;
  servePages(
    async (world) => {
      const closing = await world.server('closing');
      const sound = await world.server('sound');
      crowd = world.client(HOSTILE, sound.port);
      late = world.client('late-client', closing.port);
      await crowd.does(`open ${CROWD}`);
      const halfclose = await startHalfclose(world, WATCHES_LEAKS);
      await world.client('leaky-client', closing.port).does(`leak ${LEAKED}`);
      return halfclose;
    },
    { viewport: { width: 1440, height: 900 } },
  );

  const leaks = 'process = leaky-client and state close-wait';

  async function openSockets(query: Readonly<Record<string, string>> = {}, id = ''): Promise<void> {
    await open(`/sockets${id}?${new URLSearchParams({ lang: 'en', ...query })}`);
  }

  const rows = () => page.locator(ROW);
  const grid = () => page.getByRole('grid');
  const column = (name: string) => page.locator(`${ROW} .${name}`).allInnerTexts();

  test('of many rows those in sight are in the document, and each can be scrolled to', async () => {
    await openSockets({ filter: `process = "${HOSTILE}"`, sort: 'local' });
    await rows().first().waitFor();
    expect(await textOf(page, '[data-testid="count"]')).toMatch(/^300 sockets · as of/);
    expect(await grid().getAttribute('aria-rowcount')).toBe(String(CROWD + 1));
    expect(await rows().count()).toBeLessThan(80);
    expect((await column('process'))[0]).toContain(HOSTILE);

    await grid().focus();
    await page.keyboard.press('End');
    await page.locator(`${ROW}[aria-rowindex="${CROWD + 1}"]`).waitFor();
    expect(await page.locator(`${ROW}.active`).getAttribute('aria-rowindex')).toBe(String(CROWD + 1));
    await page.keyboard.press('Home');
    await page.locator(`${ROW}[aria-rowindex="2"]`).waitFor();
  });

  test('the order is that of the head that is chosen, and the address has it', async () => {
    await openSockets({ filter: `process = "${HOSTILE}"` });
    await page.getByRole('button', { name: 'Local', exact: true }).click();
    await page.waitForURL(/sort=local/);
    const ports = async () =>
      (await column('local')).map((text) => Number(text.trim().split(':').at(-1))).slice(0, 5);
    await vi.waitFor(async () => {
      const found = await ports();
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(await page.locator('[aria-sort="ascending"]').innerText()).toContain('Local');
    }, WAIT);
  });

  test('the row at the top stays there while others come before it', async () => {
    await openSockets({ sort: 'age', filter: 'dport > :1024 and not process = chromium' });
    await rows().first().waitFor();
    await grid().evaluate((node) => (node.scrollTop = 100 * 32));
    const topRow = async () => {
      const head = (await grid().locator('[role=row]').first().boundingBox())!;
      const [x, y] = [head.x + 400, head.y + head.height + 8];
      return page.evaluate<string | null>(
        `document.elementFromPoint(${x}, ${y})?.closest('[data-socket]')?.id ?? null`,
      );
    };
    await vi.waitFor(async () => expect(await topRow()).not.toBeNull(), WAIT);
    const before = await topRow();
    const index = () => page.locator(`#${before}`).getAttribute('aria-rowindex');
    const indexBefore = Number(await index());
    await crowd.does('open 20');
    await vi.waitFor(
      async () => expect(Number(await index())).toBeGreaterThanOrEqual(indexBefore + 20),
      WAIT,
    );
    expect(await topRow()).toBe(before);
  });

  test('a pause holds what is seen, says how much has changed, and lets it in when it ends', async () => {
    await openSockets({ filter: 'process = late-client' });
    await page.getByText('No socket matches this filter.').waitFor();
    await page.locator('h1').click();
    await page.keyboard.press('Space');
    await page.getByText('Paused, no change since').waitFor();
    await late.does('open 3');
    await page.getByText('Paused, 3 changes pending').waitFor();
    expect(await rows().count()).toBe(0);
    await page.keyboard.press('Space');
    await rows().nth(2).waitFor();
    expect(await rows().count()).toBe(3);
  });

  test('a mistake in the filter is underlined with what was expected, and mending it brings the sockets', async () => {
    await openSockets();
    await rows().first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('state close-wiat and pid 1');
    await page.locator('#filter-mistake').waitFor();
    expect(await page.locator('.mirror mark').textContent()).toBe('close-wiat');
    expect(await textOf(page, '#filter-mistake')).toMatch(/“close-wiat”.*expected a state/);
    await page.locator('#filter').fill('process = "leaky-client"');
    await page.locator('#filter-mistake').waitFor({ state: 'detached' });
    await vi.waitFor(async () => {
      const processes = await column('process');
      expect(processes).toHaveLength(LEAKED);
      for (const text of processes) expect(text).toContain('leaky-client');
    }, WAIT);
  });

  test('a filter is written by keyboard with what is suggested', async () => {
    await openSockets();
    await rows().first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('sta');
    await page.getByRole('option', { name: 'state' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('clo');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = await page.locator('#filter').getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active} code`).innerText()).toBe('close-wait');
    await page.keyboard.press('Enter');
    await page.keyboard.type('and process = le');
    await page.getByRole('option', { name: 'leaky-client' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator('#filter').inputValue()).toBe('state close-wait and process = leaky-client ');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await vi.waitFor(async () => expect(await rows().count()).toBe(LEAKED), WAIT);
  });

  test('sockets are grouped with their states, and a group leads to its own', async () => {
    await openSockets();
    await page.getByLabel('Group by').selectOption('process');
    const group = page.locator('[data-group="leaky-client"]');
    await group.waitFor();
    expect((await group.innerText()).replace(/\s+/g, ' ')).toMatch(/^leaky-client 7 CLOSE_WAIT 7/);
    await group.getByRole('link').click();
    await vi.waitFor(async () => expect(await rows().count()).toBe(LEAKED), WAIT);
    expect(new URL(page.url()).searchParams.get('filter')).toBe('process = leaky-client');
  });

  test('columns are chosen, and the address has them', async () => {
    await openSockets({ filter: leaks });
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Inode').check();
    await page.getByLabel('Timer').uncheck();
    await page.reload();
    await rows().first().waitFor();
    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Inode/)]),
    );
    expect(await page.getByRole('columnheader', { name: 'Timer' }).count()).toBe(0);
    expect((await column('inode'))[0]).toMatch(/^\d+$/);
  });

  test('a row opens the story of its socket: its states, what they mean, its finding', async () => {
    await openSockets({ filter: leaks });
    await rows().first().waitFor();
    await grid().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sockets\/[0-9a-z]+\?/);
    const story = page.getByTestId('story');
    await story.getByText('Part of a finding').waitFor();
    const text = (await story.innerText()).replace(/\s+/g, ' ');
    expect(text).toMatch(/CLOSE_WAIT.*127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+/);
    expect(text).toMatch(/Whose turn it is Our program’s/);
    expect(text).toMatch(/Held by leaky-client pid \d+/);
    expect(text).toMatch(/Recv-Q [01] B/);
    expect(text).toMatch(/none ever ends CLOSE_WAIT/);
    expect(text).toMatch(/Last ACK received .* ago/);
    await page.keyboard.press('Escape');
    await story.waitFor({ state: 'detached' });
  });

  test('the story goes on while it is read, and keeps what was known when the socket ends', async () => {
    forgive('404');
    const told = world.client('story-client', (await world.server('closing')).port);
    await told.does('leak 1');
    const { rows: found } = await vi.waitFor(async () => {
      const answer = await halfclose.get<SocketsAnswer>('sockets?filter=process%3Dstory-client');
      expect(answer.total).toBe(1);
      return answer;
    }, WAIT);
    await openSockets({}, `/${found[0]!.id}`);
    const story = page.getByTestId('story');
    await story.getByText('Held by').waitFor();
    await told.does('close');
    await story.getByText('This socket has ended').waitFor();
    expect(await story.innerText()).toContain('story-client');
  });

  test('what is filtered is saved whole as CSV and as JSON', async () => {
    await openSockets({ filter: `process = "${HOSTILE}"` });
    await rows().first().waitFor();
    const saved = async (name: string) => {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      return readFileSync(await (await download).path(), 'utf8');
    };
    const lines = (await saved('CSV of these sockets')).trimEnd().split('\r\n');
    expect(lines.length).toBeGreaterThan(CROWD);
    expect(lines[1]).toContain(`,${HOSTILE},`);
    const { rows: all } = JSON.parse(await saved('JSON of these sockets')) as SocketsAnswer;
    expect(all.length).toBeGreaterThanOrEqual(CROWD);
    expect(all[0]).toMatchObject({ state: 'ESTABLISHED', process: { name: HOSTILE } });
  });

  test('with a story open they are accessible in both themes', async () => {
    await openSockets({ filter: leaks });
    await rows()
      .first()
      .click({ position: { x: 4, y: 4 } });
    await page.getByTestId('story').locator('h2').waitFor();
    expect(await violations()).toEqual([]);
  });

  test('they fit a phone, the story over the list', async () => {
    await page.setViewportSize(PHONE);
    await openSockets({ lang: 'zh-CN', filter: leaks });
    await rows().first().click();
    await page.getByRole('dialog').locator('h2').waitFor();
    expect(await documentWidth()).toBe(PHONE.width);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await rows().first().boundingBox())!.width).toBeLessThanOrEqual(PHONE.width);
  });
});
