import type { FindingsAnswer, HistoryApiAnswer } from '../server/model/api.ts';
import type { LiveState } from '../server/model/live.ts';
import { AnswerError, ask } from './ask.ts';
import { live } from './live.svelte.ts';
import { PAST_SERIES, pastState } from './time/past-state.ts';
import { iso } from './time/range.ts';
import { time } from './time/time.svelte.ts';

/**
 * How far back from a moment its samples are looked for: of the last hour they are kept by the second, then in steps of up to a
 * minute. What is not found there is in quarter hours, or is not there.
 */
const HOUR_MS = 3_600_000;
const LOOK_BACK_MS = { lastHour: 30_000, earlier: 150_000, longAgo: 1_800_000 } as const;
/** A pass is that late now and then, and nobody was away. */
const LATE_PASSES = 3;

/** Why a moment cannot be shown: an error's code, or that nobody was watching. */
interface NotSeen {
  readonly code: 'gap' | (string & {});
  readonly message: string;
}

/**
 * What the page shows: the live state, or that of the past moment that was chosen. Views that show both read it here; what
 * cannot be had of the past is empty in it.
 */
class Seen {
  #past = $state.raw<LiveState | null>(null);
  #error = $state.raw<NotSeen | null>(null);
  #loading = $state(false);

  constructor() {
    $effect.root(() => {
      $effect(() => {
        const moment = time.at;
        this.#past = null;
        this.#error = null;
        this.#loading = moment !== null;
        // A link may be opened before there is anything live.
        if (moment === null || !this.#isReady) return;
        const running = new AbortController();
        void this.#look(moment, running.signal);
        return () => running.abort();
      });
    });
  }

  readonly #isReady = $derived(live.state !== null);

  /** null: not known yet, or (in the past) not known at all; `error` says why. */
  get state(): LiveState | null {
    return this.past ? this.#past : live.state;
  }

  /** Whether a past moment is shown. */
  get past(): boolean {
    return time.at !== null;
  }

  get loading(): boolean {
    return this.#loading;
  }

  get error(): NotSeen | null {
    return this.#error;
  }

  async #look(moment: number, signal: AbortSignal): Promise<void> {
    try {
      const state = await stateAt(moment, signal);
      if (signal.aborted) return;
      this.#past = state;
      this.#error = state ? null : { code: 'gap', message: '' };
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } =
        error instanceof AnswerError ? error : new AnswerError('broken', String(error));
      this.#error = { code, message };
    } finally {
      if (!signal.aborted) this.#loading = false;
    }
  }
}

async function stateAt(moment: number, signal: AbortSignal): Promise<LiveState | null> {
  const findings = await ask<FindingsAnswer>('findings', [['at', iso(moment)]], signal);
  const { lastHour, earlier, longAgo } = LOOK_BACK_MS;
  for (const lookBack of [time.now() - moment < HOUR_MS ? lastHour : earlier, longAgo]) {
    const answer = await ask<HistoryApiAnswer>(
      'history',
      [
        ...PAST_SERIES.map((name) => ['series', name] as const),
        ['from', iso(moment - lookBack)],
        // It ends before this.
        ['to', iso(moment + 1)],
      ],
      signal,
    );
    const now = live.state;
    if (!now) return null;
    const apart = LATE_PASSES * now.intervalSeconds * 1000;
    const state = pastState(answer, findings, now, moment, apart);
    if (state) return state;
  }
  return null;
}

export const seen = new Seen();
