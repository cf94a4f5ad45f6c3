import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { DETECTOR_NAMES } from '../server/model/finding.ts';
import type { SocketsQuery } from '../server/model/ipc.ts';
import { createObserver, type Observer } from '../server/observer.ts';
import { DETECTORS, memoryLog } from './given.ts';

// A tree of files in place of /proc: a real one does not vanish or turn into garbage on demand.
const CAPTURED = fileURLToPath(new URL('fixtures/proc/states', import.meta.url));
const never = new AbortController().signal;
const sockets: SocketsQuery = {
  kind: 'sockets',
  filter: { op: 'all' },
  sort: 'age',
  descending: true,
  limit: 1,
  offset: 0,
};

let procfs: string;
let observer: Observer;
let log: ReturnType<typeof memoryLog>;

function observe(intervalSeconds: number): Observer {
  const config = {
    procfs,
    intervalSeconds,
    source: 'proc',
    namespaces: 'host',
    cpuBudget: 1,
    detectors: DETECTORS,
  } as const;
  return createObserver({ ...config, log: { level: 'error', format: 'logfmt' } }, log);
}

beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), 'halfclose-proc-'));
  cpSync(CAPTURED, procfs, { recursive: true });
  log = memoryLog();
  observer = observe(1);
  return () => rmSync(procfs, { recursive: true, force: true });
});

test('a pass over readable files is complete, and its sockets can be asked for', async () => {
  expect(await observer.pass(never)).toMatchObject({ complete: true, sequence: 1, sockets: { total: 39 } });
  expect(await observer.answer(sockets)).toMatchObject({ total: 39 });
});

test.each([
  ['vanish', () => rmSync(`${procfs}/net/tcp`)],
  ['turn into garbage', () => writeFileSync(`${procfs}/net/tcp`, 'garbage\n')],
])(
  'where the sockets %s, the pass is incomplete, no detector decides, and no host without sockets is answered',
  async (_what, spoil) => {
    await observer.pass(never);
    spoil();
    const spoiled = await observer.pass(never);
    expect(spoiled.complete).toBe(false);
    expect([...spoiled.undecided].sort()).toEqual([...DETECTOR_NAMES].sort());
    expect(spoiled.units).toContainEqual(
      expect.objectContaining({ name: 'proc', ok: false, error: expect.stringContaining('net/tcp: ') }),
    );
    expect(await observer.answer(sockets)).toBeNull();
    cpSync(CAPTURED, procfs, { recursive: true });
    expect(await observer.pass(never)).toMatchObject({ complete: true, sockets: { total: 39 } });
  },
);

test('a row that cannot be parsed is told as a failure of its reader, with its text in the debug log', async () => {
  writeFileSync(`${procfs}/net/tcp6`, 'nonsense\n', { flag: 'a' });
  for (let pass = 0; pass < 3; pass++) {
    const { complete, units, sockets: seen } = await observer.pass(never);
    expect({ complete, total: seen.total }).toEqual({ complete: true, total: 39 });
    expect(units).toContainEqual(
      expect.objectContaining({
        name: 'proc',
        ok: false,
        error: 'some rows cannot be parsed; --log.level=debug shows them',
      }),
    );
  }
  const about = (message: string) => log.lines.filter((line) => line.includes(message));
  expect(about('debug bad rows skipped')).toHaveLength(3);
  expect(about('debug bad rows skipped')[0]).toContain('nonsense');
  // Once, however often it happens.
  expect(about('warn collector failed {"collector":"proc"')).toHaveLength(1);
});

test('an interval that passes overrun is widened, and the time from one pass to the next is no gap', async () => {
  const hurried = observe(1e-6);
  const seen = [];
  for (let pass = 0; pass < 30; pass++) seen.push(await hurried.pass(never));
  const widened = seen.slice(2);
  expect(Math.min(...widened.map(({ intervalSeconds }) => intervalSeconds))).toBeGreaterThan(1e-6);
  // A pass that was held up by something else may be one.
  expect(widened.filter(({ gapSeconds }) => gapSeconds !== null).length).toBeLessThan(widened.length / 2);
});
