/**
 * `npm run screenshots`, as root: the pictures of the README, of the real program in a network namespace of its own, where a
 * program leaks. They are to be looked at before they are committed. Needs unshare, ip, and Chromium with a Chinese font.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { ensureBuilt } from '../../server/build.js';

const SHOP = fileURLToPath(new URL('shop.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const URL_OF_PAGE = 'http://127.0.0.1:10793';
const CHROMIUM = '/usr/bin/chromium';
/** So long something is going on before it is looked at: charts want some course. */
const WARM_SECONDS = 150;
const START_SECONDS = 30;
const LANGUAGES = /** @type {const} */ ([
  ['en', ''],
  ['zh-CN', '.zh-CN'],
]);
const INSIDE = 'inside';

if (process.argv[2] === INSIDE) await inside();
else outside();

function outside() {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} is needed; apt-get install chromium fonts-noto-cjk`);
  ensureBuilt();
  const script = `hostname shop-03 && ip link set lo up && exec "$0" "$1" ${INSIDE}`;
  const args = ['--net', '--uts', 'sh', '-c', script, process.execPath, process.argv[1] ?? ''];
  const { status, error } = spawnSync('unshare', args, { stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

async function inside() {
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-screenshots-'));
  const config = join(folder, 'halfclose.yml');
  writeFileSync(config, 'detectors: { close_wait_leak: { minAge: 5s, for: 5s } }\n');
  const flags = [`--config.file=${config}`, `--storage.path=${join(folder, 'store')}`];
  const programs = [[SHOP], [MAIN, ...flags]].map((args) =>
    spawn(process.execPath, args, { stdio: 'ignore' }),
  );
  try {
    await ready();
    await delay(WARM_SECONDS * 1000);
    await take();
  } finally {
    for (const program of programs) program.kill();
    await delay(2000);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ready() {
  for (let i = 0; i < START_SECONDS * 10; i++) {
    const answer = await fetch(`${URL_OF_PAGE}/-/ready`).catch(() => null);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error(`Halfclose was not ready within ${START_SECONDS} s`);
}

async function take() {
  const { findings } = await (await fetch(`${URL_OF_PAGE}/api/v1/findings`)).json();
  const leak = findings.find(({ detector }) => detector === 'close_wait_leak');
  if (!leak) throw new Error('expected a finding of close_wait_leak, found none');
  const socket = leak.examples[0].id;
  const pictures = [
    { name: 'dashboard', path: '/?range=300', width: 1440, height: 980, scheme: 'light' },
    {
      name: 'finding',
      path: `/findings/${leak.fingerprint}?range=300`,
      width: 1440,
      height: 1080,
      scheme: 'light',
    },
    { name: 'socket', path: `/sockets/${socket}`, width: 1440, height: 980, scheme: 'dark' },
    { name: 'phone', path: '/?range=300', width: 390, height: 844, scheme: 'dark' },
  ];
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  for (const [language, suffix] of LANGUAGES) {
    for (const { name, path, width, height, scheme } of pictures) {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: scheme,
        locale: language,
      });
      await page.goto(`${URL_OF_PAGE}${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
      await page.locator('main:not([aria-busy="true"])').waitFor();
      await page.waitForLoadState('networkidle');
      // The library that draws charts comes after the rest, and a table settles with its first pass.
      await delay(3000);
      await page.screenshot({ path: join(DOCS, `${name}${suffix}.png`) });
      process.stdout.write(`docs/${name}${suffix}.png\n`);
      await page.close();
    }
  }
  await browser.close();
}
