import type { SocketRow, SocketsAnswer } from '../../../server/model/api.ts';
import type { Sort } from '../../place.ts';

/** Rows on a page of the table. */
const PAGE_ROWS = 50;
/** The table is asked for again at most this often, whatever the interval of observation. */
const MIN_PERIOD_MS = 1000;

/** What the server said against a question; `position` where the mistake in a filter is. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly position: number | null;
  readonly expected: string | null;
}

/** One page of the sockets, asked for over HTTP: rows are too many to be sent unasked. */
export class SocketQuery {
  rows = $state.raw<readonly SocketRow[]>([]);
  total = $state(0);
  refusal = $state.raw<Refusal | null>(null);
  loaded = $state(false);
  /** Rows before this page. */
  offset = $state(0);
  #next = $state<string | null>(null);
  /** The cursors of the pages before this one; the first page has none. */
  #cursors = $state.raw<readonly (string | null)[]>([null]);
  #filter = '';
  #sort: Sort = '-age';
  #running: AbortController | null = null;
  #again = false;
  #askedAt = -MIN_PERIOD_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get hasNext(): boolean {
    return this.#next !== null;
  }

  get hasPrevious(): boolean {
    return this.#cursors.length > 1;
  }

  /** Another question: the answer to the one before is no longer wanted. */
  ask(filter: string, sort: Sort): void {
    this.#filter = filter;
    this.#sort = sort;
    this.#cursors = [null];
    this.#restart();
  }

  /** The same question again; never two at a time, and not more often than MIN_PERIOD_MS. */
  refresh(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    const wait = this.#askedAt + MIN_PERIOD_MS - performance.now();
    if (wait <= 0) void this.#fetch();
    else this.#timer ??= setTimeout(() => this.#restart(), wait);
  }

  next(): void {
    if (this.#next === null) return;
    this.#cursors = [...this.#cursors, this.#next];
    this.#restart();
  }

  previous(): void {
    if (!this.hasPrevious) return;
    this.#cursors = this.#cursors.slice(0, -1);
    this.#restart();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#again = false;
    this.#running?.abort();
    this.#running = null;
  }

  #restart(): void {
    this.stop();
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    const run = new AbortController();
    this.#running = run;
    this.#askedAt = performance.now();
    const cursor = this.#cursors.at(-1) ?? null;
    const query = new URLSearchParams({ filter: this.#filter, sort: this.#sort, limit: String(PAGE_ROWS) });
    if (cursor !== null) query.set('cursor', cursor);
    try {
      const response = await fetch(`/api/v1/sockets?${query}`, { signal: run.signal });
      const body: unknown = await response.json();
      if (this.#running !== run) return;
      if (response.ok) this.#show(body as SocketsAnswer);
      else this.refusal = refusalIn(body, response.status);
    } catch (error) {
      if (run.signal.aborted) return;
      this.refusal = { code: 'unreachable', message: String(error), position: null, expected: null };
    }
    this.#running = null;
    if (this.#again) {
      this.#again = false;
      this.refresh();
    }
  }

  #show(answer: SocketsAnswer): void {
    this.rows = answer.rows;
    this.total = answer.total;
    this.#next = answer.nextCursor;
    this.offset = (this.#cursors.length - 1) * PAGE_ROWS;
    this.refusal = null;
    this.loaded = true;
  }
}

function refusalIn(body: unknown, status: number): Refusal {
  const error = (body as { error?: Partial<Refusal> } | null)?.error;
  return {
    code: error?.code ?? String(status),
    message: error?.message ?? `HTTP ${status}`,
    position: error?.position ?? null,
    expected: error?.expected ?? null,
  };
}
