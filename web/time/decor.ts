import type uPlot from 'uplot';
import type { Forecast } from '../../server/model/finding.ts';
import type { Columns, Line } from './columns.ts';
import type { Range } from './range.ts';

/** What stands on a chart besides its lines; moments are milliseconds since 1970. */
export interface Decor {
  readonly limit: { readonly value: number; readonly label: string } | null;
  readonly forecast: ForecastFrom | null;
  /** The moment that the page shows. */
  readonly moment: number | null;
  readonly gaps?: readonly Range[];
}

/** A forecast, and when it was made. */
export type ForecastFrom = Forecast & { readonly at: number };

/** Colours as the canvas takes them, and a font: `11px Arial`. */
export interface Ink {
  readonly text: string;
  readonly rule: string;
  readonly ruleStrong: string;
  readonly sunken: string;
  readonly focus: string;
  readonly limit: string;
  readonly font: string;
}

interface Style {
  readonly ink: Ink;
  readonly lines: readonly { readonly stroke: string }[];
}

/** Pixels between the strokes of what is hatched. */
const HATCH = 6;
const BAND_ALPHA = 0.16;

/** Under the lines: what is not kept, what nobody saw, and between which values a step went to and fro. */
export function drawBelow(
  chart: uPlot,
  columns: Columns,
  decor: Decor,
  { ink, lines }: Style,
  visible: readonly boolean[],
): void {
  clipped(chart, (ctx) => {
    const { left } = chart.bbox;
    const { oldest } = columns;
    const end = oldest === null ? null : x(chart, oldest);
    if (end !== null && end > left) {
      ctx.fillStyle = ink.sunken;
      ctx.fillRect(left, chart.bbox.top, end - left, chart.bbox.height);
      ctx.strokeStyle = ink.ruleStrong;
      ctx.lineWidth = ratio();
      vertical(chart, ctx, end);
    }
    for (const gap of decor.gaps ?? []) hatch(chart, ctx, x(chart, gap.from), x(chart, gap.to), ink);
    if (columns.stepMs <= 1000) return;
    for (const [i, line] of columns.lines.entries()) {
      if (!visible[i]) continue;
      ctx.fillStyle = lines[i]!.stroke;
      ctx.globalAlpha = BAND_ALPHA;
      fillBand(chart, ctx, columns.at, line);
      ctx.globalAlpha = 1;
    }
  });
}

/** Over the lines: the limit, where it goes, and the moment that is shown. */
export function drawAbove(chart: uPlot, { limit, forecast, moment }: Decor, { ink, lines }: Style): void {
  clipped(chart, (ctx) => {
    if (forecast) drawForecast(chart, ctx, forecast, lines[0]?.stroke ?? ink.text);
    if (moment !== null) {
      ctx.strokeStyle = ink.focus;
      ctx.lineWidth = 2 * ratio();
      vertical(chart, ctx, x(chart, moment));
    }
    if (limit) drawLimit(chart, ctx, limit, ink);
  });
}

function drawLimit(
  chart: uPlot,
  ctx: CanvasRenderingContext2D,
  { value, label }: NonNullable<Decor['limit']>,
  ink: Ink,
): void {
  const { left, top, width } = chart.bbox;
  const isBeyond = value > (chart.scales['y']?.max ?? 0);
  const at = isBeyond ? top : y(chart, value);
  ctx.fillStyle = ctx.strokeStyle = ink.limit;
  ctx.font = scaledFont(ink.font);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  ctx.fillText(isBeyond ? `↑ ${label}` : label, left + width - 4 * ratio(), at + 3 * ratio());
  if (isBeyond) return;
  ctx.lineWidth = ratio();
  ctx.setLineDash([6 * ratio(), 3 * ratio()]);
  line(ctx, left, at, left + width, at);
}

/** From what is used now to the limit, with the soonest and the latest that the samples allow. */
function drawForecast(
  chart: uPlot,
  ctx: CanvasRenderingContext2D,
  { at, used, max, inSeconds, soonestSeconds, latestSeconds }: ForecastFrom,
  stroke: string,
): void {
  const [begin, from, limit] = [x(chart, at), y(chart, used), y(chart, max)];
  const reach = (seconds: number) => x(chart, at + seconds * 1000);
  const right = chart.bbox.left + chart.bbox.width;
  ctx.fillStyle = stroke;
  ctx.globalAlpha = BAND_ALPHA;
  ctx.beginPath();
  ctx.moveTo(begin, from);
  ctx.lineTo(reach(soonestSeconds), limit);
  if (latestSeconds === null) {
    // It may never come to that: up to where it stays as it is.
    ctx.lineTo(Math.max(right, reach(soonestSeconds)), limit);
    ctx.lineTo(Math.max(right, reach(soonestSeconds)), from);
  } else ctx.lineTo(reach(latestSeconds), limit);
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * ratio();
  ctx.setLineDash([5 * ratio(), 5 * ratio()]);
  line(ctx, begin, from, reach(inSeconds), limit);
}

function fillBand(
  chart: uPlot,
  ctx: CanvasRenderingContext2D,
  at: readonly number[],
  { min, max }: Line,
): void {
  let stretch: number[] = [];
  const flush = () => {
    if (stretch.length > 0) {
      ctx.beginPath();
      for (const i of stretch) ctx.lineTo(x(chart, at[i]!), y(chart, max[i]!));
      for (const i of stretch.reverse()) ctx.lineTo(x(chart, at[i]!), y(chart, min[i]!));
      ctx.fill();
    }
    stretch = [];
  };
  for (const i of at.keys()) {
    if (min[i] === null || max[i] === null || min[i] === undefined) flush();
    else stretch.push(i);
  }
  flush();
}

function hatch(chart: uPlot, ctx: CanvasRenderingContext2D, from: number, to: number, ink: Ink): void {
  const { top, height } = chart.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, top, to - from, height);
  ctx.clip();
  ctx.strokeStyle = ink.ruleStrong;
  ctx.lineWidth = ratio();
  const step = HATCH * ratio();
  ctx.beginPath();
  // From fixed places, so that it stands still while time goes on.
  for (let at = Math.floor((from - height) / step) * step; at < to; at += step) {
    ctx.moveTo(at, top + height);
    ctx.lineTo(at + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

function clipped(chart: uPlot, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

function vertical({ bbox }: uPlot, ctx: CanvasRenderingContext2D, at: number): void {
  line(ctx, at, bbox.top, at, bbox.top + bbox.height);
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

const x = (chart: uPlot, moment: number) => chart.valToPos(moment / 1000, 'x', true);
const y = (chart: uPlot, value: number) => chart.valToPos(value, 'y', true);
const ratio = () => devicePixelRatio;

function scaledFont(font: string): string {
  return font.replace(/^(\d+)px/, (_, size: string) => `${Number(size) * ratio()}px`);
}
