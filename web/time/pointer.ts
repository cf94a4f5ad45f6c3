import type uPlot from 'uplot';

interface Actions {
  select(from: number, to: number): void;
  choose(moment: number): void;
  reset(): void;
}

/** A hand is not that steady: less is no stretch. */
const LEAST_PX = 6;
/** A second click within this time makes the first one part of a double click. */
const DOUBLE_CLICK_MS = 300;

/** What mouse, pen and finger do to a chart: a stretch dragged over, a moment chosen, and all of it back. Returns what undoes it. */
export function bindPointer(chart: uPlot, { select, choose, reset }: Actions): () => void {
  const { over } = chart;
  const ended = new AbortController();
  const { signal } = ended;
  let begun: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const position = (event: PointerEvent) => {
    const { left, width } = over.getBoundingClientRect();
    return Math.min(Math.max(event.clientX - left, 0), width);
  };
  const momentAt = (px: number) => chart.posToVal(px, 'x') * 1000;
  const mark = (from: number, to: number) =>
    chart.setSelect(
      { left: Math.min(from, to), width: Math.abs(to - from), top: 0, height: over.clientHeight },
      false,
    );

  // Up and down a finger scrolls the page; along the time it is ours.
  over.style.touchAction = 'pan-y';
  over.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      begun = position(event);
      over.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  over.addEventListener(
    'pointermove',
    (event) => {
      if (begun === null) return;
      const now = position(event);
      if (event.pointerType !== 'mouse') chart.setCursor({ left: now, top: 0 });
      if (Math.abs(now - begun) >= LEAST_PX) mark(begun, now);
    },
    { signal },
  );
  over.addEventListener(
    'pointerup',
    (event) => {
      if (begun === null) return;
      const [from, to] = [begun, position(event)];
      begun = null;
      mark(0, 0);
      if (Math.abs(to - from) >= LEAST_PX) select(momentAt(from), momentAt(to));
      else {
        const moment = momentAt(to);
        clearTimeout(timer);
        timer = setTimeout(() => choose(moment), DOUBLE_CLICK_MS);
      }
    },
    { signal },
  );
  over.addEventListener(
    'pointercancel',
    () => {
      begun = null;
      mark(0, 0);
    },
    { signal },
  );
  over.addEventListener(
    'dblclick',
    () => {
      clearTimeout(timer);
      reset();
    },
    { signal },
  );
  return () => {
    clearTimeout(timer);
    ended.abort();
  };
}
