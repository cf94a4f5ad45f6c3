import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openFile } from '../../server/storage/database-file.ts';
import { historySchema, type HistoryFile } from '../../server/storage/history-file.ts';
import { queryHistory } from '../../server/storage/history-query.ts';
import { loadSqlite } from '../../server/storage/sqlite.ts';
import { tiersFor } from '../../server/storage/tiers.ts';

/** As built by `npm test`. */
export const THREAD = new URL('../../dist/server/storage/thread.js', import.meta.url);

export const DAY = 86_400;
export const RETENTION_SECONDS = 30 * DAY;
export const MAX_BYTES = 2 ** 30;

/** A folder that is gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** 2026-01-02T00:00:00Z, in seconds. */
export const START = Date.UTC(2026, 0, 2) / 1000;

/** A new history, in a real file. */
export async function newHistory(retentionSeconds = RETENTION_SECONDS): Promise<HistoryFile> {
  const path = join(newFolder(), 'history.db');
  return openFile(await loadSqlite(), path, historySchema(tiersFor(retentionSeconds)));
}

/** Samples at these seconds after START, by a clock that shows the same; the value is of the series `x` or as given. */
export function record(
  history: HistoryFile,
  seconds: Iterable<number>,
  valuesAt: (second: number) => Readonly<Record<string, number>> = (second) => ({ x: second }),
  maxBytes = MAX_BYTES,
): void {
  for (const second of seconds) {
    const at = (START + second) * 1000;
    history.append({ at, values: new Map(Object.entries(valuesAt(second))) }, at, maxBytes);
  }
}

export function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

/** Points of one series: [seconds after START, min, mean, max], those without a sample left out. */
export function points(history: HistoryFile, from: number, to: number, stepSeconds = 0, name = 'x') {
  const query = { series: [name], from: (START + from) * 1000, to: (START + to) * 1000, stepSeconds };
  const answer = queryHistory(history, query);
  const columns = answer.series[0];
  const all = Array.from({ length: answer.points }, (_, index) => [
    answer.first + index * answer.stepSeconds - START,
    columns!.min[index]!,
    columns!.mean[index]!,
    columns!.max[index]!,
  ]);
  return { ...answer, rows: all.filter((row) => !Number.isNaN(row[2])) };
}
