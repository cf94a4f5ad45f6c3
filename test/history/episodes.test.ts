import { describe, expect, onTestFinished, test } from 'vitest';
import { createEpisodes } from '../../server/history/episodes.ts';
import type { Finding } from '../../server/model/finding.ts';
import { MAX_FINDINGS, type Observation } from '../../server/model/observation.ts';
import { MAX_OPEN_EPISODES, type EpisodeStore, type Storage } from '../../server/model/storage.ts';
import { createStorage } from '../../server/storage/index.ts';
import { finding, memoryLog, observation, settled, START_MS } from '../given.ts';
import { MAX_BYTES, newFolder, RETENTION_SECONDS, THREAD } from '../storage/given.ts';

const FOREVER = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100, fingerprint: null };
const at = (second: number) => START_MS + second * 1000;

function openStore(path: string): Storage {
  const config = { path, offBecause: null, retentionSeconds: RETENTION_SECONDS, maxBytes: MAX_BYTES };
  const storage = createStorage(config, memoryLog(), THREAD);
  onTestFinished(() => storage.close());
  return storage;
}

/** A server's life beside a real store: passes at seconds after START_MS, and what the store has of them. */
async function life(path = newFolder(), wrap = (store: EpisodeStore) => store) {
  const storage = openStore(path);
  const sink = createEpisodes(wrap(storage.episodes));
  const written = async () => {
    await settled();
    await storage.episodes.open();
    await settled();
  };
  const pass = async (second: number, findings: readonly Finding[], over: Partial<Observation> = {}) => {
    const seen = findings.map((each) => ({ firstSeenAt: new Date(at(second)).toISOString(), each }));
    sink.publish(
      observation({
        monotonicSeconds: second,
        findings: seen.map(({ firstSeenAt, each }) => ({
          ...each,
          firstSeenAt: each.firstSeenAt === finding().firstSeenAt ? firstSeenAt : each.firstSeenAt,
        })),
        ...over,
      }),
    );
    await written();
  };
  // The first pass asks what stood before.
  await pass(0, []);
  return {
    path,
    pass,
    episodes: async () =>
      (await storage.episodes.between(FOREVER)).episodes.map(({ startsAt, seenAt, endsAt, worst }) => ({
        from: (startsAt - START_MS) / 1000,
        seen: (seenAt - START_MS) / 1000,
        to: endsAt === null ? null : (endsAt - START_MS) / 1000,
        count: worst.count,
        severity: worst.severity,
      })),
    standingAt: async (second: number) =>
      (await storage.episodes.at(at(second))).standing.map(({ form }) => ({
        seen: (form.at - START_MS) / 1000,
        count: form.finding.count,
        severity: form.finding.severity,
      })),
    storage,
    async ends() {
      await sink.close?.();
      await storage.close();
    },
  };
}

/** As the observer tells it while it stands: it began at that second. */
const since = (second: number, over: Partial<Finding> = {}) =>
  finding('a', { firstSeenAt: new Date(at(second)).toISOString(), ...over });

describe('a finding', () => {
  test('is kept from its beginning to its end, at its worst', async () => {
    const { pass, episodes } = await life();
    await pass(10, [since(10, { count: 5 })]);
    expect(await episodes()).toEqual([{ from: 10, seen: 10, to: null, count: 5, severity: 'warning' }]);
    await pass(20, [since(10, { count: 9, severity: 'critical' })]);
    await pass(30, [since(10, { count: 50 })]);
    await pass(31, []);
    expect(await episodes()).toEqual([{ from: 10, seen: 30, to: 31, count: 9, severity: 'critical' }]);
  });

  test('is told of a past moment as it was last kept until then', async () => {
    const { pass, standingAt } = await life();
    await pass(10, [since(10, { count: 5 })]);
    await pass(40, [since(10, { count: 6, severity: 'critical' })]);
    for (let second = 100; second < 1000; second += 10) await pass(second, [since(10, { count: second })]);
    await pass(1000, []);
    expect(await standingAt(9)).toEqual([]);
    expect(await standingAt(39)).toEqual([{ seen: 10, count: 5, severity: 'warning' }]);
    expect(await standingAt(41)).toEqual([{ seen: 40, count: 6, severity: 'critical' }]);
    const [late] = await standingAt(900);
    expect(late!.seen).toBeGreaterThan(900 - (900 - 10) / 4);
    expect(late!.count).toBe(late!.seen);
    expect(await standingAt(1000)).toEqual([]);
  });

  test('is written seldom while nothing happens', async () => {
    let writes = 0;
    const { pass } = await life(newFolder(), (store) => ({
      ...store,
      write: (...args) => (writes++, store.write(...args)),
    }));
    await pass(1, [since(1)]);
    const begun = writes;
    for (let second = 2; second <= 240; second++) await pass(second, [since(1)]);
    expect(writes - begun).toBeLessThanOrEqual(5);
  });

  test('whose severity sways each second all day leaves some hundred forms of itself', async () => {
    const kept = new Set<number>();
    const sink = createEpisodes({
      write(changes) {
        for (const { forms } of changes) for (const form of forms) kept.add(form.at);
        return Promise.resolve();
      },
      open: () => Promise.resolve([]),
      at: () => Promise.reject(new Error('not asked')),
      between: () => Promise.reject(new Error('not asked')),
    });
    sink.publish(observation());
    await settled();
    for (let second = 1; second <= 86_400; second++) {
      const severity = second % 2 === 0 ? 'warning' : 'critical';
      sink.publish(observation({ monotonicSeconds: second, findings: [since(1, { severity })] }));
      if (second % 10 === 0) await Promise.resolve();
    }
    await settled();
    expect(kept.size).toBeGreaterThan(30);
    expect(kept.size).toBeLessThan(250);
  });

  test('that comes back at once goes on; later it is another episode', async () => {
    const { pass, episodes } = await life();
    await pass(10, [since(10)]);
    await pass(11, []);
    await pass(12, [since(10)]);
    await pass(13, []);
    await pass(500, [since(500)]);
    expect((await episodes()).map(({ from, to }) => [from, to])).toEqual([
      [500, null],
      [10, 13],
    ]);
  });

  test('is over only when a detector that can tell does not find it', async () => {
    const { pass, episodes } = await life();
    await pass(10, [since(10)]);
    await pass(11, [], { complete: false });
    await pass(12, [], { kind: 'counts' });
    await pass(13, [], { undecided: ['close_wait_leak'] });
    await pass(14, [], {
      units: [{ name: 'close_wait_leak', kind: 'detector', ok: false, durationSeconds: 0, error: 'x' }],
    });
    expect(await episodes()).toMatchObject([{ to: null }]);
    await pass(15, []);
    expect(await episodes()).toMatchObject([{ to: 15 }]);
  });

  test('that is gone after a time that nobody watched has ended when it was last seen', async () => {
    const { pass, episodes } = await life();
    await pass(10, [since(10)]);
    await pass(20, [since(10)]);
    await pass(500, [], { gapSeconds: 470 });
    expect(await episodes()).toMatchObject([{ from: 10, to: 20 }]);
  });
});

test('of more findings than are followed, those not seen for longest have ended when they were last seen', async () => {
  const { pass, storage } = await life();
  // A list that is cut says nothing of what is not in it.
  const passes = MAX_OPEN_EPISODES / MAX_FINDINGS + 2;
  for (let second = 1; second <= passes; second++) {
    await pass(
      second,
      Array.from({ length: MAX_FINDINGS }, (_, n) => finding(`f${second}-${n}`)),
    );
  }
  const open = await storage.episodes.open();
  expect(open).toHaveLength(MAX_OPEN_EPISODES);
  expect(Math.min(...open.map(({ seenAt }) => seenAt))).toBe(at(3));
  const { episodes } = await storage.episodes.between({ ...FOREVER, limit: 10_000 });
  const ended = episodes.filter(({ endsAt }) => endsAt !== null);
  expect(ended).toHaveLength(2 * MAX_FINDINGS);
  for (const { seenAt, endsAt } of ended) expect(endsAt).toBe(seenAt);
});

describe('after a restart', () => {
  test('what stands still goes on as one episode', async () => {
    const before = await life();
    await before.pass(10, [since(10)]);
    await before.pass(50, [since(10)]);
    await before.ends();
    const after = await life(before.path);
    await after.pass(100, [], { epoch: 'two', undecided: ['close_wait_leak'] });
    await after.pass(130, [since(130)], { epoch: 'two' });
    await after.pass(140, [since(130)], { epoch: 'two' });
    expect((await after.episodes()).map(({ from, to }) => [from, to])).toEqual([[10, null]]);
  });

  test('what is gone has ended when it was last seen', async () => {
    const before = await life();
    await before.pass(10, [since(10)]);
    await before.pass(50, [since(10)]);
    await before.ends();
    const after = await life(before.path);
    await after.pass(100, [], { epoch: 'two' });
    expect((await after.episodes()).map(({ from, seen, to }) => [from, seen, to])).toEqual([[10, 50, 50]]);
  });

  test('without a word of farewell at most a minute of it is lost', async () => {
    const before = await life();
    for (let second = 10; second <= 200; second += 5) await before.pass(second, [since(10)]);
    // The sink is not closed: the process was killed.
    await before.storage.close();
    const after = await life(before.path);
    const [episode] = await after.episodes();
    expect(episode).toMatchObject({ from: 10, to: null });
    expect(episode!.seen).toBeGreaterThanOrEqual(140);
  });
});

test('while the store does not work nothing is lost of what stands, and it is written when it works again', async () => {
  let works = true;
  const { pass, episodes, standingAt } = await life(newFolder(), (store) => ({
    ...store,
    write: (...args) => (works ? store.write(...args) : Promise.reject(new Error('the disk is full'))),
  }));
  works = false;
  await pass(10, [since(10)]);
  await pass(20, [since(10, { severity: 'critical' })]);
  await pass(30, []);
  expect(await episodes()).toEqual([]);
  works = true;
  await pass(31, []);
  expect(await episodes()).toMatchObject([{ from: 10, to: 30, severity: 'critical' }]);
  expect(await standingAt(15)).toMatchObject([{ severity: 'warning' }]);
});
