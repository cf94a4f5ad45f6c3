import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { HistoryQuery, JournalTable, Storage, StorageStatus } from '../../server/model/storage.ts';
import { createStorage } from '../../server/storage/index.ts';
import { loadSqlite } from '../../server/storage/sqlite.ts';
import { memoryLog } from '../given.ts';
import { MAX_BYTES, newFolder, RETENTION_SECONDS, START, THREAD } from './given.ts';

const AT = START * 1000;
const WRITER = fileURLToPath(new URL('writer.js', import.meta.url));
const SMALL_DISK = fileURLToPath(new URL('small-disk.js', import.meta.url));
const ALL: HistoryQuery = { series: ['*'], from: 0, to: Number.MAX_SAFE_INTEGER, stepSeconds: 0 };
const WAIT = { timeout: 15_000, interval: 20 };

function open(path: string, log = memoryLog(), thread = THREAD): Storage {
  const config = { path, offBecause: null, retentionSeconds: RETENTION_SECONDS, maxBytes: MAX_BYTES };
  const storage = createStorage(config, log, thread);
  onTestFinished(() => storage.close());
  return storage;
}

const entry = (key: string, at = AT, table: JournalTable = 'alert') => ({ table, key, at, value: { key } });
const sample = (second: number) => ({ at: AT + second * 1000, values: new Map([['x', second]]) });

/** It takes what is written, and gives it back. */
async function expectToWork(storage: Storage): Promise<void> {
  await storage.journal.write([entry('works')], true);
  expect(await storage.journal.get('alert', 'works')).toEqual(entry('works'));
  storage.samples.append(sample(100));
  await vi.waitFor(async () => {
    storage.samples.append(sample(100));
    expect((await storage.samples.query(ALL)).series.map(({ name }) => name)).toContain('x');
  }, WAIT);
}

describe('the journal', () => {
  test('gives back what was written, newest first, in pages', async () => {
    const { journal } = open(newFolder());
    const entries = [3, 1, 2].map((n) => entry(`k${n}`, AT + n));
    await journal.write([...entries, entry('other', AT, 'silence')], true);
    expect((await journal.list('alert', 2)).map(({ key }) => key)).toEqual(['k3', 'k2']);
    expect((await journal.list('alert', 2, { at: AT + 2, key: 'k2' })).map(({ key }) => key)).toEqual(['k1']);
    expect(await journal.get('alert', 'k2')).toEqual(entry('k2', AT + 2));
    expect(await journal.get('silence', 'k2')).toBeNull();
  });

  test('replaces and deletes by key, and outlives a restart', async () => {
    const folder = newFolder();
    const before = open(folder);
    await before.journal.write([entry('a'), entry('b')], false);
    await before.journal.write(
      [
        { ...entry('a'), value: 2 },
        { table: 'alert', key: 'b', value: undefined },
      ],
      false,
    );
    await before.close();
    const after = open(folder);
    expect(await after.journal.list('alert', 10)).toEqual([{ ...entry('a'), value: 2 }]);
  });

  test('answers in the order of the calls, also those that were not waited for', async () => {
    const { journal } = open(newFolder());
    const writes = Array.from({ length: 50 }, (_, n) => journal.write([{ ...entry('a'), value: n }], false));
    expect((await journal.get('alert', 'a'))?.value).toBe(49);
    await Promise.all(writes);
  });

  test('that is closed at once has everything that was asked of it before', async () => {
    const folder = newFolder();
    const storage = open(folder);
    const write = storage.journal.write([entry('a')], false);
    for (let second = 0; second < 100; second++) storage.samples.append(sample(second));
    await storage.close();
    await write;
    await expect(storage.journal.get('alert', 'a')).rejects.toThrow('closed');
    const again = open(folder);
    expect(await again.journal.get('alert', 'a')).toEqual(entry('a'));
    const { series } = await again.samples.query(ALL);
    expect(series[0]?.mean.filter((value) => value !== null)).toHaveLength(100);
  });
});

test('the history is answered in columns with nulls for gaps', async () => {
  const { samples } = open(newFolder());
  for (const second of [0, 1, 4]) samples.append(sample(second));
  expect(await samples.query({ ...ALL, series: ['x'] })).toEqual({
    stepSeconds: 1,
    oldest: AT,
    at: [0, 1, 2, 3, 4].map((second) => AT + second * 1000),
    series: [
      { name: 'x', min: [0, 1, null, null, 4], mean: [0, 1, null, null, 4], max: [0, 1, null, null, 4] },
    ],
    truncated: false,
  });
  expect(await samples.series()).toEqual([{ name: 'x', lastSeenAt: AT + 4000 }]);
});

test('the folder is made for its owner alone', async () => {
  const folder = join(newFolder(), 'a/b');
  const storage = open(folder);
  await expectToWork(storage);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(storage.status()).toMatchObject({ state: 'ok', reason: null, path: folder, setAside: [] });
});

test('of two at one path the second works without a store, says why, and takes over when the first ends', async () => {
  const folder = newFolder();
  const first = open(folder);
  await expectToWork(first);
  const second = open(folder);
  await expect(second.journal.get('alert', 'works')).rejects.toThrow('another Halfclose has locked it');
  expect(second.status()).toMatchObject({ state: 'off' });
  await expectToWork(first);
  await first.close();
  await vi.waitFor(async () => {
    expect(await second.journal.get('alert', 'works')).toEqual(entry('works'));
  }, WAIT);
  expect(second.status()).toMatchObject({ state: 'ok', reason: null });
});

test('without a path there is no store: the log says so once, queries of the history do, and alerts are forgotten', async () => {
  const log = memoryLog();
  const config = { path: null, offBecause: 'no home', retentionSeconds: 1, maxBytes: 1 };
  const storage = createStorage(config, log);
  expect(storage.status()).toMatchObject({ state: 'off', reason: 'no home' });
  await storage.journal.write([entry('a')], true);
  expect(await storage.journal.list('alert', 10)).toEqual([]);
  storage.samples.append(sample(0));
  await expect(storage.samples.query(ALL)).rejects.toThrow('no home');
  expect(log.lines.join()).toContain('no home');
});

describe('files that cannot be used', () => {
  test('of a newer version are set aside with a dated name, untouched, and named', async () => {
    const folder = newFolder();
    const before = open(folder);
    await expectToWork(before);
    await before.close();
    const database = (await loadSqlite())(join(folder, 'alerts.db'));
    database.exec('PRAGMA user_version=99');
    database.close();
    const log = memoryLog();
    const after = open(folder, log);
    expect(await after.journal.list('alert', 10)).toEqual([]);
    await expectToWork(after);
    const [aside] = readdirSync(folder).filter((name) => name.includes('newer'));
    expect(aside).toMatch(/^alerts\.db\.newer-\d{4}-\d\d-\d\dT[\d-]+Z$/);
    expect(after.status().setAside).toEqual([
      expect.stringContaining(`${aside} (newer: its schema is of version 99`),
    ]);
    expect(log.lines.join()).toContain(aside);
    expect((await after.samples.query(ALL)).series).toHaveLength(1);
  });

  test('that are deleted while they are in use are begun anew', async () => {
    const folder = newFolder();
    const storage = open(folder);
    await expectToWork(storage);
    await storage.close();
    rmSync(folder, { recursive: true });
    const again = open(folder);
    await expectToWork(again);
  });

  test('are set aside again and again without filling the disk', async () => {
    const folder = newFolder();
    for (let n = 0; n < 5; n++) {
      writeFileSync(join(folder, 'history.db'), `garbage ${n} `.repeat(1000));
      const storage = open(folder);
      await expectToWork(storage);
      await storage.close();
    }
    const asides = readdirSync(folder).filter((name) => name.includes('damaged'));
    expect(asides).toHaveLength(2);
    expect(asides.map((name) => readFileSync(join(folder, name), 'utf8').slice(0, 9)).sort()).toEqual([
      'garbage 3',
      'garbage 4',
    ]);
  });

  test('damaged at any bits, or cut off anywhere, never stop it: there is always a store that works', async () => {
    const template = newFolder();
    const storage = open(template);
    await storage.journal.write(
      Array.from({ length: 50 }, (_, n) => entry(`k${n}`, AT + n)),
      true,
    );
    for (let second = 0; second < 2000; second++) storage.samples.append(sample(second));
    await storage.close();
    const files = ['alerts.db', 'history.db', 'lock'].map((name) => ({
      name,
      bytes: readFileSync(join(template, name)),
    }));
    const harm = fc.record({
      file: fc.nat(2),
      // Half of the harm is done to the first page, which holds the header and the schema.
      flips: fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.nat(7)), { maxLength: 40 }),
      cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(harm, { minLength: 1, maxLength: 3 }), async (harms) => {
        const folder = join(newFolder(), 'store');
        mkdirSync(folder);
        const harmed = files.map(({ bytes }) => Buffer.from(bytes));
        for (const { file, flips, cut } of harms) {
          const bytes = harmed[file]!;
          if (bytes.length === 0) continue;
          for (const [isFirstPage, at, bit] of flips) {
            bytes[at % (isFirstPage ? Math.min(4096, bytes.length) : bytes.length)]! ^= 1 << bit;
          }
          if (cut !== null) harmed[file] = bytes.subarray(0, Math.floor(cut * bytes.length));
        }
        for (const [index, { name }] of files.entries()) writeFileSync(join(folder, name), harmed[index]!);
        const spoilt = open(folder);
        await spoilt.journal.list('alert', 100);
        await spoilt.samples.query(ALL);
        await expectToWork(spoilt);
        await spoilt.close();
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

test('on a disk that is full, then read-only, it goes on without a store, loses nothing that was there, and heals', (context) => {
  const folder = newFolder();
  const mount = `mount -t tmpfs -o size=4m none ${folder}`;
  if (spawnSync('unshare', ['--mount', 'sh', '-c', mount]).status !== 0) {
    return context.skip('only root may mount a small disk');
  }
  const run = `${mount} && exec ${process.execPath} ${SMALL_DISK} ${folder}`;
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', run], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StorageStatus & { point: string });
  expect(told).toMatchObject([
    { point: 'empty', state: 'ok', first: 'written' },
    { point: 'full', state: 'failing', refused: expect.stringContaining('full') as string },
    { point: 'emptied', state: 'ok', again: 'written', kept: 'before' },
    { point: 'read-only', state: 'failing', refused: expect.stringContaining('read') as string },
    { point: 'writable', state: 'ok', keys: ['after', 'before'], again: 'written' },
  ]);
}, 60_000);

test('whenever its process is killed, nothing that was acknowledged is missing, and nothing is there by halves', async () => {
  const folder = newFolder();
  const kills = Number(process.env['HALFCLOSE_TEST_KILLS'] ?? 40);
  const acknowledged = new Set<string>();
  for (let n = 0; n < kills; n++) {
    const writer = spawn(process.execPath, [WRITER, folder, `w${n}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    writer.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(writer, 'close');
    await once(writer.stdout, 'data');
    // At any moment of its work: within it, not before, since then there would be nothing to lose.
    setTimeout(() => writer.kill('SIGKILL'), Math.random() * 40);
    await ended;
    for (const key of output.split('\n').slice(0, -1)) acknowledged.add(key);
  }
  const storage = open(folder);
  const keysOf = async (table: JournalTable) =>
    (await storage.journal.list(table, 1e6)).map(({ key }) => key).sort();
  const alerts = await keysOf('alert');
  expect(acknowledged.size).toBeGreaterThan(kills);
  expect([...acknowledged].filter((key) => !alerts.includes(key))).toEqual([]);
  expect(await keysOf('delivery')).toEqual(alerts);
  expect(storage.status().setAside).toEqual([]);
  await expectToWork(storage);
}, 300_000);

describe('a thread', () => {
  /** In place of the store's thread: one that does what no disk does on demand. */
  const threadThat = (does: string) => {
    const path = join(newFolder(), 'thread.mjs');
    writeFileSync(path, `import { parentPort } from 'node:worker_threads';\n${does}`);
    return new URL(`file://${path}`);
  };

  test('that waits for the disk holds up nobody: samples beyond a bound are dropped, other calls refused', async () => {
    const stuck = threadThat("parentPort.on('message', () => setInterval(() => undefined, 1000));");
    const storage = open(newFolder(), memoryLog(), stuck);
    for (let second = 0; second < 1000; second++) storage.samples.append(sample(second));
    const queries = Promise.allSettled(Array.from({ length: 40 }, () => storage.samples.query(ALL)));
    const oneMore = storage.samples.query(ALL);
    await expect(oneMore).rejects.toThrow('busy');
    expect(storage.status().samplesDropped).toBe(400);
    const waiting = storage.journal.get('alert', 'a');
    await Promise.all([storage.close(), expect(waiting).rejects.toThrow('closed')]);
    await queries;
  });

  test('that dies is started again, and what was asked of it rejects', async () => {
    const log = memoryLog();
    const dying = threadThat("parentPort.on('message', () => { throw new Error('out of luck'); });");
    const storage = open(newFolder(), log, dying);
    await expect(storage.journal.get('alert', 'a')).rejects.toThrow('out of luck');
    await expect(storage.journal.get('alert', 'b')).rejects.toThrow('out of luck');
    expect(storage.status()).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('out of luck') as string,
    });
  });
});
