import { ask } from '../../ask.ts';

/** A route of the API, asked again and again while somebody looks; the last answer stays until there is a newer one. */
export class Asked<Answer> {
  answer = $state.raw<Answer | null>(null);
  /** Why the newest answer is not there; null while there is one, or none was asked for yet. */
  failure = $state.raw<string | null>(null);
  readonly #periodMs: number;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Asks now and every period, until the function returned is called. A page in the background does not ask. */
  follow(route: string): () => void {
    const run = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async () => {
      if (document.visibilityState === 'visible') await this.#ask(route, run.signal);
      if (!run.signal.aborted) timer = setTimeout(() => void again(), this.#periodMs);
    };
    void again();
    return () => {
      run.abort();
      clearTimeout(timer);
    };
  }

  async #ask(route: string, signal: AbortSignal): Promise<void> {
    try {
      this.answer = await ask<Answer>(route, '', signal);
      this.failure = null;
    } catch (error) {
      if (!signal.aborted) this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}
