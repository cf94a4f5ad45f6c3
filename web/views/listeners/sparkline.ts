interface Size {
  readonly width: number;
  readonly height: number;
  /** What stands at the upper edge. */
  readonly scale: number;
}

/** A line through the values, broken where nothing is known; a value alone is a short stroke. */
export function pathOf(values: readonly (number | null)[], { width, height, scale }: Size): string {
  const step = width / Math.max(1, values.length - 1);
  const place = (value: number) => height - 1 - (Math.min(value, scale) / scale) * (height - 2);
  const round = (length: number) => Math.round(length * 10) / 10;
  let path = '';
  let before: number | null = null;
  for (const [i, value] of values.entries()) {
    if (value !== null) {
      const isAlone = before === null && typeof values[i + 1] !== 'number';
      path += `${before === null ? 'M' : 'L'}${round(i * step)} ${round(place(value))}${isAlone ? 'h1' : ''}`;
    }
    before = value;
  }
  return path;
}

/** The largest value; null where none is known. */
export function peakOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
