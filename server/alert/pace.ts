const WINDOW_SECONDS = 60;

/** At most so many a minute. Times are seconds on the monotonic clock. */
export class Pace {
  readonly #max: number;
  /** Of the last `max`, oldest first. */
  readonly #sent: number[] = [];

  constructor(maxPerMinute: number) {
    this.#max = maxPerMinute;
  }

  /** From when another one may be sent. */
  nextAt(): number {
    return this.#sent.length < this.#max ? -Infinity : this.#sent[0]! + WINDOW_SECONDS;
  }

  sent(atSeconds: number): void {
    this.#sent.push(atSeconds);
    if (this.#sent.length > this.#max) this.#sent.shift();
  }
}
