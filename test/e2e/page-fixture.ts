import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { FindingsAnswer } from '../../server/model/api.ts';
import { openBrowser } from './browser.ts';
import { WAIT, type Halfclose } from './halfclose.ts';
import { isInstalled, isolated, skipUnlessPossible, World } from './world.ts';

type Finding = FindingsAnswer['findings'][number];

/** What startHalfclose() is given where a leak is to be found while a test waits. */
export const WATCHES_LEAKS = {
  config: 'detectors: { close_wait_leak: { minAge: 1s, minCount: 5, for: 1s } }',
  flags: ['--collect.interval=250ms'],
};
export const PHONE = { width: 390, height: 844 };

// A test file is a module graph of its own, so these are of that file alone.
export let world: World;
export let halfclose: Halfclose;
export let browser: Browser;
/** Of the test that runs, with nothing kept from another. */
export let page: Page;
/** What the browser complained of: a script that threw, something that the policy or the server refused. */
const complaints: string[] = [];
/** The addresses that the page has asked for, decoded. */
export const requested: string[] = [];
const forgiven: string[] = [];

/**
 * Gives a test file one host with a Halfclose that watches it, and one browser; each test has a new page. A test fails if
 * the browser has complained of anything that is not forgiven.
 */
export function servePages(
  prepare: (world: World) => Promise<Halfclose>,
  { viewport }: Pick<BrowserContextOptions, 'viewport'> = {},
): void {
  beforeAll(async () => {
    if (!isolated || !isInstalled('chromium')) return;
    world = new World();
    [browser, halfclose] = await Promise.all([openBrowser(), prepare(world)]);
  });
  beforeEach(async (context) => {
    skipUnlessPossible(context, 'chromium');
    for (const list of [complaints, requested, forgiven]) list.length = 0;
    page = await browser.newPage(viewport === undefined ? {} : { viewport });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requested.push(decodeURIComponent(request.url())));
  });
  afterEach(async () => {
    await page?.close();
    expect(complaints.filter((text) => !forgiven.some((part) => text.includes(part)))).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.end();
  });
}

/** For a test that brings a complaint about itself: `404`. */
export function forgive(part: string): void {
  forgiven.push(part);
}

export async function open(path: `/${string}`): Promise<void> {
  await page.goto(`${halfclose.url}${path}`);
}

/** What axe finds wrong in what the page shows now, in either theme. */
export async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const results = await page.evaluate<AxeResults>('axe.run()');
    found.push(
      ...results.violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes[0]?.html ?? ''}`),
    );
  }
  return found;
}

/** More than that of the window where one has to scroll sideways. */
export function documentWidth(): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

/** The fingerprint of the first such finding, as soon as there is one. */
export function fingerprintOf(watching: Halfclose, isWanted: (finding: Finding) => boolean): Promise<string> {
  return vi.waitFor(async () => {
    const { findings } = await watching.get<FindingsAnswer>('findings');
    const found = findings.find(isWanted);
    if (!found) throw new Error('there is no such finding yet');
    return found.fingerprint;
  }, WAIT);
}

export const isLeak = ({ detector }: Finding): boolean => detector === 'close_wait_leak';
