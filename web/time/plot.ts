import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Columns } from './columns.ts';
import { bridged, gapsOf, withoutZeros } from './columns.ts';
import { drawAbove, drawBelow, type Decor, type Ink } from './decor.ts';
import { LEFT, RIGHT } from './edges.ts';
import { bindPointer } from './pointer.ts';
import type { Range } from './range.ts';
import { highestOf, logarithmicSplits, type Unit } from './scale.ts';

/** All charts of a page show the same moment. */
const SYNC = 'halfclose';
/** uPlot's number of the inverse hyperbolic sine: logarithmic for large counts, and it can show zero. */
const ARCSINH = 4;

export interface PlotLine {
  /** At first; setVisible() changes it. */
  readonly visible: boolean;
  readonly stroke: string;
  readonly dash: readonly number[];
}

export interface PlotSettings {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly PlotLine[];
  readonly unit: Unit;
  readonly logarithmic: boolean;
  readonly ink: Ink;
  /** Leaves out the stretches at zero. */
  readonly hideZeros: boolean;
  axisTime(moment: number): string;
  value(value: number): string;
  /** The sample that is pointed at, or null where none is. */
  point(index: number | null): void;
  /** A stretch that was dragged over, in milliseconds since 1970. */
  select(from: number, to: number): void;
  choose(moment: number): void;
  reset(): void;
}

export interface Plot {
  show(columns: Columns, range: Range, decor: Decor): void;
  setVisible(visible: readonly boolean[]): void;
  setWidth(width: number): void;
  /** Points at a moment, as a pointer would; null: at none. */
  pointAt(moment: number | null): void;
  destroy(): void;
}

/** A chart on a canvas; it is drawn when it is told what to show, and never by itself. */
export function createPlot(host: HTMLElement, settings: PlotSettings): Plot {
  let shown: { columns: Columns; decor: Decor } | null = null;
  const visible = settings.lines.map((line) => line.visible);
  const chart = new uPlot(
    optionsOf(settings, {
      below: (u) => shown && drawBelow(u, shown.columns, shown.decor, settings, visible),
      above: (u) => shown && drawAbove(u, shown.decor, settings),
      limit: () => shown?.decor.limit?.value ?? null,
    }),
    [[], ...settings.lines.map(() => [])],
    host,
  );
  const unbind = bindPointer(chart, settings);

  return {
    show(columns, range, decor) {
      shown = { columns, decor: { ...decor, gaps: gapsOf(columns, range) } };
      const { at, stepMs } = columns;
      const lines = columns.lines.map(({ mean }) => {
        const line = bridged(at, mean, stepMs);
        return settings.hideZeros ? withoutZeros(line) : line;
      });
      chart.setData([at.map((moment) => moment / 1000), ...lines], false);
      chart.setScale('x', { min: range.from / 1000, max: range.to / 1000 });
    },
    setVisible(next) {
      for (const [i, show] of next.entries()) {
        if (visible[i] === show) continue;
        visible[i] = show;
        chart.setSeries(i + 1, { show });
      }
    },
    setWidth: (width) => chart.setSize({ width, height: settings.height }),
    pointAt(moment) {
      const left = moment === null ? -10 : chart.valToPos(moment / 1000, 'x');
      chart.setCursor({ left, top: 0 });
    },
    destroy() {
      unbind();
      chart.destroy();
    },
  };
}

interface Drawing {
  below(chart: uPlot): void;
  above(chart: uPlot): void;
  limit(): number | null;
}

function optionsOf(settings: PlotSettings, drawing: Drawing): uPlot.Options {
  const { ink, unit, logarithmic } = settings;
  const axis = {
    stroke: ink.text,
    font: ink.font,
    grid: { stroke: ink.rule, width: 1 },
    ticks: { show: false },
  };
  // What a pointer does here is ours: uPlot knows no fingers.
  const unbound = () => null;
  return {
    width: settings.width,
    height: settings.height,
    padding: [8, RIGHT, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7 },
      sync: { key: SYNC, setSeries: false },
      bind: { mousedown: unbound, mouseup: unbound, click: unbound, dblclick: unbound },
    },
    scales: {
      x: { time: true, auto: false },
      y: {
        distr: logarithmic ? ARCSINH : 1,
        range: (_chart, _low, high) => [
          0,
          highestOf(high ?? 0, { unit, logarithmic, limit: drawing.limit() }),
        ],
      },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        space: 90,
        values: (_chart, at) => at.map((second) => settings.axisTime(second * 1000)),
      },
      {
        ...axis,
        size: LEFT,
        ...(logarithmic
          ? { splits: (_chart: uPlot, _axis: number, _low: number, high: number) => logarithmicSplits(high) }
          : {}),
        values: (_chart, values) =>
          // No fractions of a socket.
          values.map((value) => (unit === 'count' && !Number.isInteger(value) ? '' : settings.value(value))),
        filter: (_chart, splits) => splits,
      },
    ],
    series: [
      {},
      ...settings.lines.map(({ stroke, dash, visible }) => ({
        show: visible,
        stroke,
        width: 2,
        dash: [...dash],
        spanGaps: false,
        // A sample between two gaps has no line.
        points: { show: true, size: 4, fill: stroke, filter: alone },
      })),
    ],
    hooks: {
      setCursor: [(chart) => settings.point(chart.cursor.idx ?? null)],
      drawAxes: [drawing.below],
      draw: [drawing.above],
    },
  };
}

/** The samples with a gap on either side. */
function alone(chart: uPlot, series: number): number[] {
  const values = chart.data[series] ?? [];
  const known = [...values.keys()].filter((i) => values[i] !== undefined);
  const isNothing = (i: number | undefined) => i === undefined || values[i] === null;
  return known.filter((i, n) => values[i] !== null && isNothing(known[n - 1]) && isNothing(known[n + 1]));
}
