import type { HistoryApiAnswer } from '../../server/model/api.ts';
import { AnswerError, ask } from '../ask.ts';
import type { History } from '../stream.ts';
import { columnsOf, columnsOfLive, extended, PULSE, statesOf, type Columns } from './columns.ts';
import { iso, type Range } from './range.ts';

/** The page is told the counts of so long live: no more need be asked. */
const LIVE_MS = 3_600_000;
/** What is asked again as time goes on, beyond what is told live, is asked no more often. */
const TAIL_EVERY_MS = 5000;
/** From the last known step back: it may have been under way, and be rolled up by now. */
const TAIL_STEPS = 3;

interface Question extends Range {
  readonly series: readonly string[];
  readonly moves: boolean;
  /** Points that can be told apart. */
  readonly width: number;
}

/** The data of one chart. Answers to questions that are no longer asked are ignored. */
export class ChartData {
  columns = $state.raw<Columns | null>(null);
  error = $state.raw<AnswerError | null>(null);
  #key = '';
  #askedAt = -Infinity;
  #running: AbortController | null = null;

  /** From what the page is told live (null: not yet), where that is all or there is no store; else from the history. */
  show(question: Question, live: History | null): void {
    const { series, from, to, moves } = question;
    const isAllLive = moves && to - from <= LIVE_MS;
    const hasNoStore = this.error?.code === 'store_unavailable';
    const states = isAllLive || hasNoStore ? statesOf(series) : null;
    if (states && (live || isAllLive)) {
      this.stop();
      if (!live) return;
      this.#key = '';
      this.columns = columnsOfLive(live, states, question, stepSecondsOf(question) * 1000);
      if (isAllLive) this.error = null;
    } else void this.#ask(question);
  }

  async #ask(question: Question): Promise<void> {
    const { series, from, to, moves } = question;
    const wanted = stepSecondsOf(question);
    const key = JSON.stringify([series, wanted, moves ? to - from : [from, to]]);
    const isSame = key === this.#key;
    if (isSame && (!moves || this.#running || performance.now() - this.#askedAt < TAIL_EVERY_MS)) return;
    const before = isSame ? this.columns : null;
    this.stop();
    this.#key = key;
    this.#askedAt = performance.now();
    const running = new AbortController();
    this.#running = running;
    try {
      const stepMs = before?.stepMs ?? wanted * 1000;
      const known = before?.at.at(-1);
      const begin = known === undefined ? from - stepMs : known - TAIL_STEPS * stepMs;
      const next = await this.#fetch(question, Math.max(begin, from - stepMs), stepMs, running.signal);
      const columns = before ? extended(before, next, from) : next;
      if (running.signal.aborted) return;
      // What does not fit is asked for whole the next time.
      if (columns) this.columns = columns;
      else this.#key = '';
      this.error = null;
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof AnswerError)) throw error;
      this.error = error;
      this.#key = moves ? '' : key;
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }

  async #fetch(
    { series, to }: Question,
    from: number,
    stepMs: number,
    signal: AbortSignal,
  ): Promise<Columns> {
    const names = series.includes(PULSE) ? series : [...series, PULSE];
    const answer = await ask<HistoryApiAnswer>(
      'history',
      [
        ...names.map((name) => ['series', name] as const),
        ['from', iso(from)],
        ['to', iso(to)],
        ['step', `${stepMs / 1000}s`],
      ],
      signal,
    );
    return columnsOf(answer, series, to);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}

function stepSecondsOf({ from, to, width }: Question): number {
  return Math.max(1, Math.ceil((to - from) / 1000 / Math.max(width, 1)));
}
