// What the store costs: fills a history to its full retention, and measures its size and its queries on this machine.
//   node test/bench/history.js [series] [folder]
// As built by `npm run build`. The folder is made if it is not given, and deleted then.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { loadSqlite, transaction } = await import('../../dist/server/storage/sqlite.js');
const { openFile } = await import('../../dist/server/storage/database-file.js');
const { historySchema } = await import('../../dist/server/storage/history-file.js');
const { queryHistory } = await import('../../dist/server/storage/history-query.js');
const { encodeStats, SLOTS } = await import('../../dist/server/storage/step-codec.js');
const { stepOf, tiersFor } = await import('../../dist/server/storage/tiers.js');

const DAY = 86_400;
const RETENTION_SECONDS = 30 * DAY;
const STEPS_PER_TRANSACTION = 500;
const ROUNDS = 5;

const seriesCount = Number(process.argv[2] ?? 300);
const given = process.argv[3];
const folder = given ?? mkdtempSync(join(tmpdir(), 'halfclose-bench-'));
mkdirSync(folder, { recursive: true });
const path = join(folder, 'history.db');
const schema = historySchema(tiersFor(RETENTION_SECONDS));
const sqlite = await loadSqlite();
const now = stepOf(Math.floor(Date.now() / 1000), 14_400);

const empty = openFile(sqlite, path, schema);
fill(empty);
const file = schema.prepare(empty.database);
file.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
const { size } = statSync(path);
console.log(`${seriesCount} series at full retention: ${(size / 2 ** 20).toFixed(0)} MiB`);
const begin = performance.now();
file.database.exec('PRAGMA quick_check(1)');
console.log(`checked in ${(performance.now() - begin).toFixed(0)} ms`);
for (const [what, series] of [
  ['1 series', ['tcp_sockets{n="000"}']],
  ['11 series', ['tcp_sockets{n="00*', 'tcp_sockets{n="010"}']],
  ['100 series', ['tcp_sockets{n="0*']],
  ['200 series', ['tcp_sockets']],
]) {
  for (const [range, seconds] of [
    ['10 minutes', 600],
    ['1 hour', 3600],
    ['3 hours', 10_800],
    ['1 day', DAY],
    ['12 days', 12 * DAY],
    ['30 days', 30 * DAY],
    ['60 days', 60 * DAY],
    ['a year', 366 * DAY],
  ]) {
    const query = { series, from: (now - seconds) * 1000, to: now * 1000, stepSeconds: 0 };
    let slowest = 0;
    let answer;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      answer = queryHistory(file, query);
      slowest = Math.max(slowest, performance.now() - start);
    }
    const { points, stepSeconds } = answer;
    console.log(`${what}, ${range}: ${points} points of ${stepSeconds} s, at most ${slowest.toFixed(1)} ms`);
  }
}
const values = new Map(names().map((name, index) => [name, valueOf(index, now)]));
const times = [];
for (let second = now; second < now + 1000; second++) {
  const start = performance.now();
  file.append({ at: second * 1000, values }, second * 1000, 2 ** 30);
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(`a sample is written in ${times[500].toFixed(2)} ms, at most ${times.at(-1).toFixed(1)} ms`);
if (given === undefined) rmSync(folder, { recursive: true });

function names() {
  return Array.from({ length: seriesCount }, (_, n) => `tcp_sockets{n="${String(n).padStart(3, '0')}"}`);
}

/** Two thirds of the series move, each about a level of its own; the rest stand still, as most do on a real host. */
function valueOf(index, at) {
  const level = 2 ** (index % 17);
  return index % 3 === 0 ? level : Math.round(level * (1 + Math.sin(at / 600 + index) * 0.3));
}

function fill(file) {
  const { database } = file;
  const ids = transaction(database, () => names().map((name) => file.series.idOf(name, now)));
  const putStep = database.prepare('INSERT INTO step (tier, at) VALUES (?, ?)');
  const putPoint = database.prepare('INSERT INTO point (tier, shard, at, stats) VALUES (?, ?, ?, ?)');
  const putTier = database.prepare('INSERT INTO tier (tier, rolled_until) VALUES (?, ?)');
  for (const { stepSeconds, keepSeconds } of file.tiers) {
    for (let from = stepOf(now - keepSeconds, stepSeconds); from < now;) {
      transaction(database, () => {
        for (let steps = 0; steps < STEPS_PER_TRANSACTION && from < now; steps++, from += stepSeconds) {
          putStep.run(stepSeconds, from);
          const shards = new Map();
          for (const [index, id] of ids.entries()) {
            const shard = Math.floor(id / SLOTS);
            const min = valueOf(index, from);
            const max = index % 3 === 0 ? min : Math.ceil(min * (stepSeconds === 1 ? 1 : 1.05));
            const sum = min * stepSeconds + Math.floor(((max - min) * stepSeconds) / 2);
            const stats = shards.get(shard) ?? new Map();
            shards.set(shard, stats.set(id % SLOTS, { count: stepSeconds, min, max, sum }));
          }
          for (const [shard, stats] of shards) putPoint.run(stepSeconds, shard, from, encodeStats(stats));
        }
      });
    }
    putTier.run(stepSeconds, now);
  }
}
