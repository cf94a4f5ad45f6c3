import { live } from '../live.svelte.ts';
import { place } from '../place.svelte.ts';
import type { Range as RangeSeconds } from '../place.ts';
import { between, periodOf, shifted, zoomed, type Range } from './range.ts';

/** Clocks that differ by less are told apart by nothing that matters here. */
const SAME_CLOCK_MS = 2000;
const STEP = 1 / 2;

/**
 * What time the page shows: the range of its charts, and the moment that all else is of. Both are in the address bar. Times are
 * of the server's clock, by which everything is kept; this machine's may be wrong.
 */
class Time {
  #offset = 0;
  #tick = $state(Date.now());

  constructor() {
    setInterval(() => this.#look(), 1000);
    document.addEventListener('visibilitychange', () => this.#look());
  }

  #look(): void {
    if (document.visibilityState === 'hidden') return;
    this.#setClock();
    const now = this.now();
    const period = periodOf(place.current.rangeSeconds * 1000);
    const tick = Math.floor(now / period) * period;
    // A range that has become shorter moves at once.
    if (tick > this.#tick || tick < this.#tick - period) this.#tick = tick;
  }

  #setClock(): void {
    if (!live.state || live.ageSeconds === null || live.stale) return;
    const offset = live.state.at + live.ageSeconds * 1000 - Date.now();
    if (Math.abs(offset - this.#offset) < SAME_CLOCK_MS) return;
    this.#offset = Math.abs(offset) < SAME_CLOCK_MS ? 0 : offset;
  }

  /** By the server's clock; it is asked for, and no state that changes. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Whether the range ends now, and moves on. */
  get isNow(): boolean {
    return place.current.from === null && place.current.at === null;
  }

  readonly to = $derived.by(() => {
    const { to, at, rangeSeconds } = place.current;
    // Around the moment that is shown, where nothing else is asked for.
    return to ?? (at === null ? this.#tick : Math.min(at + rangeSeconds * 500, this.#tick));
  });
  readonly from = $derived(place.current.from ?? this.to - place.current.rangeSeconds * 1000);

  /** The moment that is shown; null: now. */
  get at(): number | null {
    return place.current.at;
  }

  get rangeSeconds(): RangeSeconds {
    return place.current.rangeSeconds;
  }

  get #range(): Range {
    return { from: this.from, to: this.to };
  }

  /** As far back from now as that; while a moment is shown, so long around it. */
  last(rangeSeconds: RangeSeconds): void {
    place.go({ rangeSeconds, from: null, to: null });
  }

  /** The range that was before something was chosen on a chart. */
  reset(): void {
    place.go({ from: null, to: null });
  }

  /** What was chosen on a chart, from one moment to another. */
  zoomTo(a: number, b: number): void {
    place.go(between(a, b, this.now()));
  }

  zoomBy(factor: number, around = (this.from + this.to) / 2): void {
    place.go(zoomed(this.#range, factor, around, this.now()));
  }

  /** Earlier (-1) or later by half the range. */
  step(direction: -1 | 1, part = STEP): void {
    place.go(shifted(this.#range, direction * part, this.now()));
  }

  pause(): void {
    place.go(this.#range);
  }

  /** That moment on the whole page; charts stand still, and have it in view. */
  show(moment: number): void {
    const at = Math.min(Math.round(moment), this.now());
    const { from, to } = this.#range;
    place.go(at >= from && at <= to ? { at, from, to } : { at, from: null, to: null });
  }

  /** The page is live, and its charts move on. */
  backToNow(): void {
    place.go({ at: null, from: null, to: null });
  }
}

export const time = new Time();
