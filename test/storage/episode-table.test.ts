import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFile } from '../../server/storage/database-file.ts';
import { MAX_OPEN_EPISODES } from '../../server/model/storage.ts';
import type { StoredEpisodeChange } from '../../server/storage/episode-table.ts';
import { historySchema } from '../../server/storage/history-file.ts';
import { loadSqlite, type Database } from '../../server/storage/sqlite.ts';
import { tiersFor } from '../../server/storage/tiers.ts';
import { DAY, newFolder, newHistory, points, range, record, RETENTION_SECONDS } from './given.ts';

/** An episode from one millisecond to another, in one form each ten. */
function episode(id: string, startsAt: number, endsAt: number | null, fingerprint = id): StoredEpisodeChange {
  const seenAt = endsAt ?? startsAt + 30;
  const times = range(startsAt, seenAt, 10);
  return {
    episode: { id, fingerprint, startsAt, seenAt, endsAt, worst: `{"id":"${id}"}` },
    forms: times.map((at) => ({ at, finding: `{"at":${at}}` })),
  };
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
const everything = { from: 0, to: 1e15, limit: 100_000, fingerprint: null };

describe('episodes of findings', () => {
  test('are those that overlap a range, the last to begin first', async () => {
    const history = await newHistory();
    history.writeEpisodes([episode('a', 0, 100), episode('b', 50, 200), episode('c', 300, null)], 300);
    const { episodes } = history;
    const between = (from: number, to: number, limit = 10, fingerprint: string | null = null) => {
      const { truncated, ...found } = episodes.between({ from, to, limit, fingerprint });
      return [...ids(found.episodes), ...(truncated ? ['…'] : [])];
    };
    expect(between(0, 1000)).toEqual(['c', 'b', 'a']);
    expect(between(0, 1000, 2)).toEqual(['c', 'b', '…']);
    expect(between(100, 300)).toEqual(['b', 'a']);
    expect(between(201, 300)).toEqual([]);
    expect(between(5000, 6000)).toEqual(['c']);
    expect(between(0, 1000, 10, 'b')).toEqual(['b']);
    expect(ids(episodes.open())).toEqual(['c']);
  });

  test('stand from their first moment on, and not any more at their last, in the form of then', async () => {
    const history = await newHistory();
    history.writeEpisodes([episode('a', 0, 100), episode('b', 50, 200)], 200);
    const at = (moment: number) => history.episodes.at(moment).standing.map(({ id, formAt }) => [id, formAt]);
    expect(at(0)).toEqual([['a', 0]]);
    expect(at(59)).toEqual([
      ['a', 50],
      ['b', 50],
    ]);
    expect(at(100)).toEqual([['b', 100]]);
    expect(at(200)).toEqual([]);
  });

  test('written again are what they are now, with all forms of before', async () => {
    const history = await newHistory();
    history.writeEpisodes([episode('a', 0, null)], 30);
    const ended = episode('a', 0, 60);
    history.writeEpisodes([{ ...ended, forms: ended.forms.slice(-1) }], 60);
    expect(history.episodes.open()).toEqual([]);
    expect(history.episodes.between(everything).episodes).toMatchObject([{ id: 'a', endsAt: 60 }]);
    expect(history.episodes.at(15).standing).toMatchObject([{ formAt: 10 }]);
    expect(history.episodes.at(55).standing).toMatchObject([{ formAt: 50 }]);
  });

  test('that have no form left are told at their worst', async () => {
    const history = await newHistory();
    history.writeEpisodes([{ ...episode('a', 0, null), forms: [] }], 0);
    expect(history.episodes.at(5).standing).toMatchObject([{ id: 'a', finding: null, worst: '{"id":"a"}' }]);
  });

  test('that the disk has spoilt are passed over', async () => {
    const history = await newHistory();
    history.writeEpisodes([episode('a', 0, null), episode('b', 0, null)], 0);
    history.database.exec(`UPDATE episode SET worst = '{"id' WHERE id = 'a'`);
    history.database.exec(`UPDATE form SET finding = '' WHERE episode = 'b'`);
    expect(ids(history.episodes.open())).toEqual(['b']);
    expect(history.episodes.at(15).standing).toMatchObject([{ id: 'b', finding: null }]);
  });

  test('are bounded in number: the first to end are forgotten, and it is known that they are', async () => {
    const history = await newHistory();
    expect(history.episodes.since()).toBeNull();
    const many = range(0, 6000).map((n) => ({ ...episode(`e${n}`, n, n + 1), forms: [] }));
    history.writeEpisodes([...many, episode('stands', 0, null)], 0);
    expect(history.episodes.since()).toBe(0);
    history.episodes.forget(-Infinity);
    const kept = history.episodes.between(everything).episodes;
    expect(kept).toHaveLength(5001);
    expect(kept.at(-1)).toMatchObject({ id: 'stands' });
    expect(kept.at(-2)).toMatchObject({ id: 'e1000' });
    expect(history.episodes.since()).toBe(1001);
  });

  test('that stand are bounded in number: the last seen stand, and the others end when they were last seen', async () => {
    const history = await newHistory();
    const many = range(0, MAX_OPEN_EPISODES + 2).map((n) => ({ ...episode(`e${n}`, n, null), forms: [] }));
    history.writeEpisodes(many, 0);
    const open = () => new Set(ids(history.episodes.open()));
    const expected = new Set(ids(many.slice(2).map((each) => each.episode)));
    expect(open()).toEqual(expected);
    history.episodes.forget(-Infinity);
    expect(open()).toEqual(expected);
    const { episodes } = history.episodes.between(everything);
    expect(episodes.slice(-2)).toMatchObject([
      { id: 'e1', endsAt: 31 },
      { id: 'e0', endsAt: 30 },
    ]);
  });

  test('are kept as long as the history is', async () => {
    const history = await newHistory(DAY);
    record(history, range(0, 14 * DAY, 600));
    const old = Date.UTC(2026, 0, 2);
    history.writeEpisodes([episode('old', old, old + 50), episode('stands', old, null)], old);
    record(history, range(14 * DAY, 14 * DAY + 7200, 60));
    expect(ids(history.episodes.between({ ...everything, to: 1e14 }).episodes)).toEqual(['stands']);
    expect(history.database.prepare(`SELECT count(*) AS n FROM form WHERE episode = 'old'`).get()).toEqual({
      n: 0,
    });
  });
});

test('a history of before there were episodes is taken over as it is', async () => {
  const schema = historySchema(tiersFor(RETENTION_SECONDS));
  const open = await loadSqlite();
  const before = join(newFolder(), 'history.db');
  const old = {
    ...schema,
    migrations: schema.migrations.slice(0, 1),
    prepare: (database: Database) => database,
  };
  openFile(open, before, old).exec(`INSERT INTO series (name, last_seen) VALUES ('x', 1)`);
  // The one that is open holds its lock: a copy is as if it had been closed.
  const path = join(newFolder(), 'history.db');
  for (const end of ['', '-wal']) copyFileSync(before + end, path + end);
  const history = openFile(open, path, schema);
  expect(history.names()).toMatchObject([{ name: 'x' }]);
  record(history, range(0, 5));
  history.writeEpisodes([episode('a', 0, null)], 0);
  expect(points(history, 0, 5).rows).toHaveLength(5);
  expect(ids(history.episodes.open())).toEqual(['a']);
});
