interface Frame {
  readonly width: number;
  readonly height: number;
  /** What stands at the upper edge. */
  readonly scale: number;
  /** Milliseconds since 1970, of both sides. */
  readonly from: number;
  readonly to: number;
}

/** Values with their moments, in columns of equal length. */
export interface Course {
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
}

/** A line through the values, broken where nothing is known; a value alone is a short stroke. */
export function pathOf({ at, values }: Course, { width, height, scale, from, to }: Frame): string {
  const x = (moment: number) => ((moment - from) / Math.max(1, to - from)) * width;
  const y = (value: number) => height - 1 - (Math.min(value, scale) / scale) * (height - 2);
  const round = (length: number) => Math.round(length * 10) / 10;
  let path = '';
  let before: number | null = null;
  for (const [i, value] of values.entries()) {
    if (value !== null) {
      const isAlone = before === null && typeof values[i + 1] !== 'number';
      path += `${before === null ? 'M' : 'L'}${round(x(at[i]!))} ${round(y(value))}${isAlone ? 'h1.5' : ''}`;
    }
    before = value;
  }
  return path;
}

/** The largest value; null where none is known. */
export function peakOf({ values }: Course): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
