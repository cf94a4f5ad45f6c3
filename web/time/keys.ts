interface Mover {
  zoomBy(factor: number, around?: number): void;
  step(direction: -1 | 1, part?: number): void;
  show(moment: number): void;
  reset(): void;
}

/** Of the range. */
const PAN = 1 / 4;
const ZOOM = 1 / 2;

/**
 * What a key does on a chart that has the focus. Returns the index of the sample to point at, null where the key did something
 * else, and undefined where it is none of the chart's.
 */
export function chartKey(
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  mover: Mover,
  { pointed, at }: { readonly pointed: number | null; readonly at: readonly number[] },
): number | null | undefined {
  const around = pointed === null ? undefined : at[pointed];
  if (key === '+' || key === '=') mover.zoomBy(ZOOM, around);
  else if (key === '-' || key === '−') mover.zoomBy(1 / ZOOM, around);
  else if (key === '0') mover.reset();
  else if (key === 'Enter' && around !== undefined) mover.show(around);
  else if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const direction = key === 'ArrowLeft' ? -1 : 1;
    if (shiftKey) return Math.min(Math.max((pointed ?? at.length) + direction, 0), at.length - 1);
    mover.step(direction, PAN);
  } else return undefined;
  return null;
}
