import { decodeSheet, MAX_SHEET_ROWS, type Sheet } from '../../../server/model/sheet.ts';
import { errorOf, UNREACHABLE, type Refusal } from '../../ask.ts';
import type { Sort } from '../../place.ts';
import { changesBetween, RowIndex, type SheetChanges } from './row-index.ts';

/** The sheet is asked for at most this often, whatever the interval of observation. */
const MIN_PERIOD_MS = 1000;
/** Of the time, an answer may be waited for so much: observer, server and browser have other things to do. */
const MAX_SHARE = 0.1;
/** Gone rows are seen to go for so long before the rows after them move up. */
const FAREWELL_MS = 500;
const RETRY_MS = 3000;

/** A sheet with what the table needs to know of it. */
export interface Shown {
  readonly sheet: Sheet;
  readonly index: RowIndex;
  /** Since the one shown before, where that had the same question. */
  readonly changes: SheetChanges | null;
}

/** The sockets that the table shows, asked for over HTTP as long as it is there: they are too many to be sent unasked. */
export class Sheets {
  shown = $state.raw<Shown | null>(null);
  /** What will take its place in a moment, or when the pause is over. */
  waiting = $state.raw<Shown | null>(null);
  /** Why there is no newer sheet. */
  refusal = $state.raw<Refusal | null>(null);
  paused = $state(false);
  /** Milliseconds between two questions. */
  period = $state(MIN_PERIOD_MS);
  #filter = '';
  #sort: Sort = '-age';
  #tag: string | null = null;
  /** The question was changed since `shown`. */
  #another = true;
  #running: AbortController | null = null;
  #askedAt = -Infinity;
  #tookBefore = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #farewell: ReturnType<typeof setTimeout> | undefined;

  /** Changes that the pause holds back. */
  readonly pending = $derived.by(() => {
    const changes = this.paused ? this.waiting?.changes : null;
    return changes ? changes.fresh + changes.gone + changes.moved : 0;
  });

  ask(filter: string, sort: Sort): void {
    this.#filter = filter;
    this.#sort = sort;
    this.#another = true;
    this.#tag = null;
    this.stop();
    void this.#fetch();
  }

  /** Asks again when it is time; never twice at once. */
  refresh(): void {
    if (this.#running || this.#timer !== undefined) return;
    this.#fetchIn(this.#askedAt + this.period - performance.now());
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused && this.waiting) this.#show(this.waiting);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#farewell);
    this.#timer = undefined;
    this.waiting = null;
    this.#running?.abort();
    this.#running = null;
  }

  #fetchIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#fetch();
      },
      Math.max(0, ms),
    );
  }

  async #fetch(): Promise<void> {
    const run = new AbortController();
    this.#running = run;
    this.#askedAt = performance.now();
    const query = new URLSearchParams({
      filter: this.#filter,
      sort: this.#sort,
      limit: String(MAX_SHEET_ROWS),
    });
    try {
      const response = await fetch(`/api/v1/sockets/sheet?${query}`, {
        signal: run.signal,
        headers: this.#tag === null ? {} : { 'if-none-match': this.#tag },
      });
      if (response.ok) {
        const bytes = await response.arrayBuffer();
        if (this.#running !== run) return;
        const next = await this.#compare(decodeSheet(bytes));
        if (this.#running !== run) return;
        this.#tag = response.headers.get('etag');
        this.#take(next);
        const took = performance.now() - this.#askedAt;
        // One slow answer, as the first one is, says little.
        this.period = Math.max(MIN_PERIOD_MS, Math.min(took, this.#tookBefore) / MAX_SHARE);
        this.#tookBefore = took;
      } else if (response.status === 304) this.refusal = null;
      else this.refusal = await errorOf(response);
    } catch (error) {
      if (run.signal.aborted) return;
      this.refusal = { code: UNREACHABLE, message: String(error) };
    }
    if (this.#running !== run) return;
    this.#running = null;
    // Without passes there is nothing else that would ask again.
    if (this.refusal && this.refusal.code !== 'bad_filter') this.#fetchIn(RETRY_MS);
  }

  /** In steps, so that none holds up a frame: with 100,000 rows each takes some milliseconds. */
  async #compare(sheet: Sheet): Promise<Shown> {
    const before = this.#another ? null : this.shown;
    const index = new RowIndex(sheet.id);
    await new Promise((resolve) => setTimeout(resolve));
    const changes = before && changesBetween(before.sheet, before.index, sheet);
    await new Promise((resolve) => setTimeout(resolve));
    return { sheet, index, changes };
  }

  #take(next: Shown): void {
    this.refusal = null;
    this.#another = false;
    if (next.changes === null) {
      this.#show(next);
      return;
    }
    this.waiting = next;
    if (this.paused) return;
    clearTimeout(this.#farewell);
    if (next.changes.gone === 0) this.#show(next);
    else this.#farewell = setTimeout(() => this.#show(next), FAREWELL_MS);
  }

  #show(next: Shown): void {
    clearTimeout(this.#farewell);
    this.waiting = null;
    this.shown = next;
  }
}
