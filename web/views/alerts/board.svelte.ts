import type { HushedAlert, QuietHoursStatus } from '../../../server/model/alert-api.ts';
import type { ReceiverStatus } from '../../../server/model/alerts.ts';
import type { Silence } from '../../../server/model/silence.ts';
import { getAlerts, getQuietHours, getReceivers, getSilences, type Answer } from '../../alerting/requests.ts';
import type { Refusal } from '../../ask.ts';

/** What others do (silences, deliveries) comes in no message of the server. */
const EVERY_MS = 5000;
/** However often alerts change. */
const SOONEST_MS = 1000;

/** The newest answer to a request, which stays while the next one is awaited, or fails. */
class Asked<T> {
  value = $state.raw<T | null>(null);
  refusal = $state.raw<Refusal | null>(null);
  readonly #ask: () => Promise<Answer<T>>;
  /** An answer that was overtaken by a later request says what was so before. */
  #asked = 0;

  constructor(ask: () => Promise<Answer<T>>) {
    this.#ask = ask;
  }

  async refresh(): Promise<void> {
    const turn = ++this.#asked;
    const answer = await this.#ask();
    if (turn !== this.#asked) return;
    if ('value' in answer) this.value = answer.value;
    this.refusal = 'refusal' in answer ? answer.refusal : null;
  }
}

/** Alerts with what keeps them from being told, and all that goes with them, kept up to date while the view is shown. */
class Board {
  readonly #alerts = new Asked(getAlerts);
  readonly #silences = new Asked(getSilences);
  readonly #receivers = new Asked(getReceivers);
  readonly #quietHours = new Asked(getQuietHours);
  #soon: ReturnType<typeof setTimeout> | undefined;
  #refreshedAt = -Infinity;

  readonly alerts: readonly HushedAlert[] | null = $derived(this.#alerts.value?.alerts ?? null);
  readonly silences: readonly Silence[] | null = $derived(this.#silences.value?.silences ?? null);
  readonly receivers: readonly ReceiverStatus[] | null = $derived(this.#receivers.value?.receivers ?? null);
  readonly quietHours: readonly QuietHoursStatus[] | null = $derived(
    this.#quietHours.value?.quietHours ?? null,
  );
  /** Why the last request failed; what there is is of the one before. */
  readonly refusal = $derived(
    [this.#alerts, this.#silences, this.#receivers, this.#quietHours].find(({ refusal }) => refusal)
      ?.refusal ?? null,
  );

  /** All of it, now. */
  async refresh(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#refreshedAt = performance.now();
    const all = [this.#alerts, this.#silences, this.#receivers, this.#quietHours];
    await Promise.all(all.map((each) => each.refresh()));
  }

  /** Something has changed: at once, or when a second has passed since the last time. */
  changed(): void {
    if (this.#soon !== undefined) return;
    const wait = Math.max(0, this.#refreshedAt + SOONEST_MS - performance.now());
    this.#soon = setTimeout(() => void this.refresh(), wait);
  }

  /** For as long as the view is shown; what is returned ends it. */
  follow(): () => void {
    void this.refresh();
    const timer = setInterval(() => {
      if (!document.hidden) this.changed();
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(this.#soon);
      this.#soon = undefined;
    };
  }
}

export const board = new Board();
