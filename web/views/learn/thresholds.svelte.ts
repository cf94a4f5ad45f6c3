import type { DetectorsAnswer, DetectorSettings } from '../../../server/model/detector-api.ts';
import { ask } from '../../ask.ts';

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
      this.#detectors = (await ask<DetectorsAnswer>('detectors')).detectors;
    } catch {
      this.#failed = true;
    }
  }
}

export const thresholds = new Thresholds();
