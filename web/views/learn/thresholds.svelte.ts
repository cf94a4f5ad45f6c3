import type { DetectorsAnswer, DetectorSettings } from '../../../server/model/detector-api.ts';

/** What the detectors go by, asked of the server once. */
class Thresholds {
  #detectors = $state.raw<readonly DetectorSettings[] | null>(null);
  #failed = $state(false);
  #asked = false;

  get failed(): boolean {
    return this.#failed;
  }

  of(name: string): DetectorSettings | null {
    return this.#detectors?.find((each) => each.name === name) ?? null;
  }

  async load(again = false): Promise<void> {
    if (this.#asked && !again) return;
    this.#asked = true;
    this.#failed = false;
    try {
      const answer = await fetch('/api/v1/detectors');
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.#detectors = ((await answer.json()) as DetectorsAnswer).detectors;
    } catch {
      this.#failed = true;
    }
  }
}

export const thresholds = new Thresholds();
