import type uPlot from 'uplot';
import { STATES, type State } from '../server/model/state.ts';
import { DASH } from './diagram/phases.ts';
import type { Format } from './format.ts';

export interface ChartColours {
  readonly states: Readonly<Record<State, string>>;
  readonly text: string;
  readonly rule: string;
  /** As the canvas takes it: `11px Arial`. */
  readonly font: string;
}

export interface ChartSettings {
  readonly width: number;
  readonly height: number;
  readonly colours: ChartColours;
  readonly logarithmic: boolean;
  readonly format: Format;
  /** The sample under the pointer, or null where there is none. */
  readonly point: (index: number | null) => void;
}

/** uPlot's number of the inverse hyperbolic sine: logarithmic for large counts, and it can show zero. */
const ARCSINH = 4;

export function chartOptions(settings: ChartSettings): uPlot.Options {
  const { colours, format } = settings;
  const axis = {
    stroke: colours.text,
    font: colours.font,
    grid: { stroke: colours.rule, width: 1 },
    ticks: { show: false },
  };
  return {
    width: settings.width,
    height: settings.height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: true, auto: false },
      y: {
        distr: settings.logarithmic ? ARCSINH : 1,
        range: (_chart, _low, high) => [0, Math.max(4, high * (settings.logarithmic ? 1.5 : 1.08))],
      },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        space: 90,
        values: (_chart, at) => at.map((second) => format.time(second * 1000)),
      },
      {
        ...axis,
        size: 56,
        ...(settings.logarithmic
          ? { splits: (_chart: uPlot, _axis: number, _low: number, high: number) => logarithmicSplits(high) }
          : {}),
        // No fractions of a socket.
        values: (_chart, counts) =>
          counts.map((count) => (Number.isInteger(count) ? format.count(count) : '')),
        filter: (_chart, splits) => splits,
      },
    ],
    series: [
      {},
      ...STATES.map((state) => ({
        label: state,
        stroke: colours.states[state],
        width: 2,
        dash: [...DASH[state]],
        spanGaps: false,
        // A sample between two gaps has no line.
        points: { show: true, size: 4, fill: colours.states[state], filter: alone },
      })),
    ],
    hooks: { setCursor: [(chart) => settings.point(chart.cursor.idx ?? null)] },
  };
}

/** The samples with nothing known on either side. */
function alone(chart: uPlot, series: number): number[] {
  const counts = chart.data[series] ?? [];
  const known = (i: number) => counts[i] !== null && counts[i] !== undefined;
  return Array.from(counts.keys()).filter((i) => known(i) && !known(i - 1) && !known(i + 1));
}

/** Up to here the decades alone are too few to read a count from. */
const FEW = 50;

/** 0, 1, 10, 100, … up to the highest count; with 2 and 5 between them where counts are small. */
export function logarithmicSplits(high: number): number[] {
  const splits = [0];
  for (let decade = 1; decade <= high; decade *= 10) {
    for (const step of high <= FEW ? [1, 2, 5] : [1]) if (decade * step <= high) splits.push(decade * step);
  }
  return splits;
}

/** Counts as they are drawn: without the stretches at zero, where the lines of most states would lie on one another. */
export function withoutZeros(counts: readonly (number | null)[]): (number | null)[] {
  return counts.map((count, i) => (count === 0 && !counts[i - 1] && !counts[i + 1] ? null : count));
}
