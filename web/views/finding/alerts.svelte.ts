import { untrack } from 'svelte';
import type { HushedAlert } from '../../../server/model/alert-api.ts';
import type { Alert } from '../../../server/model/alert.ts';
import { getAlerts, getResolved } from '../../alerting/requests.ts';
import { live } from '../../live.svelte.ts';

const MIN_PERIOD_MS = 1000;
const LOOK_BACK = 500;
/** Of past ones. */
const MOST = 5;

/** The alerts of one finding: the present one with what keeps it from being told, and those before. */
export class AlertsOf {
  #present = $state.raw<readonly HushedAlert[]>([]);
  #past = $state.raw<readonly Alert[]>([]);
  #askedAt = -MIN_PERIOD_MS;
  #turn = 0;
  readonly #fingerprint: () => string;
  /** Changes where an alert of it begins, fires or ends. */
  readonly #state = $derived.by(() => {
    const alert = live.state?.alerts.find(({ fingerprint }) => fingerprint === this.#fingerprint());
    return alert ? `${alert.id} ${alert.state}` : '';
  });

  constructor(fingerprint: () => string) {
    this.#fingerprint = fingerprint;
    $effect(() => {
      if (live.pass > 0 && !document.hidden) untrack(() => void this.look(false));
    });
    $effect(() => {
      void this.#state;
      untrack(() => void this.#lookBack());
    });
  }

  readonly present = $derived(
    this.#present.find(({ fingerprint }) => fingerprint === this.#fingerprint()) ?? null,
  );

  /** Newest first, without the present one. */
  readonly past = $derived(
    this.#past
      .filter(({ fingerprint, id }) => fingerprint === this.#fingerprint() && id !== this.present?.id)
      .slice(0, MOST),
  );

  /** What keeps it from being told comes with no message; it is asked for now and then, and after a change of one's own. */
  async look(atOnce = true): Promise<void> {
    if (!atOnce && performance.now() < this.#askedAt + MIN_PERIOD_MS) return;
    this.#askedAt = performance.now();
    const turn = ++this.#turn;
    const answer = await getAlerts();
    if (turn !== this.#turn) return;
    if ('value' in answer) this.#present = answer.value.alerts;
  }

  async #lookBack(): Promise<void> {
    await this.look();
    const answer = await getResolved(LOOK_BACK, null);
    if ('value' in answer) this.#past = answer.value.alerts;
  }
}
