import type { AlertEvidence, EvidenceTrend } from '../model/evidence.ts';
import { markup, trusted, type Markup } from './markup.ts';
import type { Words } from './evidence-words.ts';

const WIDTH = 360;
const HEIGHT = 132;
const LEFT = 44;
const RIGHT = WIDTH - 8;
const TOP = 8;
const BOTTOM = HEIGHT - 20;
/** What is asked of the history. */
const WINDOW_MS = 600_000;

type Series = EvidenceTrend['series'][number];

/** A small chart of each series that is not 0 all the time: the mean as a line, from minimum to maximum as a band. */
export function trendCharts(
  { alert, capturedAt }: AlertEvidence,
  trend: EvidenceTrend,
  words: Words,
): Markup {
  const toMs = Date.parse(capturedAt);
  const firstMs = Date.parse(alert.finding.firstSeenAt);
  const atMs = trend.at.map((at) => Date.parse(at) + trend.stepSeconds * 500);
  const x = (ms: number) => {
    const share = 1 - (toMs - ms) / WINDOW_MS;
    return LEFT + (RIGHT - LEFT) * Math.min(1, Math.max(0, share));
  };
  const first = firstMs > toMs - WINDOW_MS && firstMs < toMs ? x(firstMs) : null;
  const moving = trend.series.filter((series) => !isFlat(series));
  const flat = trend.series.filter(isFlat).map(({ name }) => stateOf(name) ?? titleOf(name, words));
  return markup`
<div class="charts">${moving.map((series) => chart(series, atMs.map(x), first, words))}</div>
${flat.length > 0 && markup`<p class="note">${words.own.flat(words.list(flat))}</p>`}`;
}

function isFlat({ max }: Series): boolean {
  return max.every((value) => value === null || value === 0);
}

function chart(series: Series, xs: readonly number[], first: number | null, words: Words): Markup {
  const { own, format } = words;
  const known = (column: Series['mean']) => column.filter((value) => value !== null);
  const least = Math.min(...known(series.min));
  const most = Math.max(...known(series.max));
  const top = ceiling(most);
  const y = (value: number) => BOTTOM - (BOTTOM - TOP) * Math.min(1, Math.max(0, value / top));
  const last = known(series.mean).at(-1) ?? 0;
  const title = titleOf(series.name, words);
  const summary = own.chart(title, format.number(least), format.number(most), format.number(last));
  return markup`<figure>
<figcaption><strong>${title}</strong><span class="mono">${series.name}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
${[0, top / 2, top].map(
  (value) => markup`<path class="grid" d="M${LEFT} ${round(y(value))}H${RIGHT}"/>
<text x="${LEFT - 6}" y="${round(y(value) + 4)}" text-anchor="end">${format.number(value)}</text>`,
)}
${first !== null && markup`<path class="first" d="M${round(first)} ${TOP}V${BOTTOM}"/>`}
<path class="band" d="${bandOf(series, xs, y)}"/>
<path class="line" d="${lineOf(series.mean, xs, y)}"/>
<text x="${LEFT}" y="${HEIGHT - 4}">${own.before(format.duration(WINDOW_MS / 1000))}</text>
<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${own.before(format.duration(WINDOW_MS / 2000))}</text>
<text x="${RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${own.end}</text>
</svg>
</figure>`;
}

/** Pieces between holes; a lone point is a dot. */
function lineOf(column: Series['mean'], xs: readonly number[], y: (value: number) => number): Markup {
  return path(
    runsOf(column).map((run) => {
      const points = run.map((i) => `${round(xs[i]!)} ${round(y(column[i]!))}`);
      return `M${points.join('L')}${points.length === 1 ? 'h.01' : ''}`;
    }),
  );
}

function bandOf({ min, max }: Series, xs: readonly number[], y: (value: number) => number): Markup {
  const point = (column: Series['mean']) => (i: number) => `${round(xs[i]!)} ${round(y(column[i] ?? 0))}`;
  return path(
    runsOf(max).map((run) => `M${[...run.map(point(max)), ...run.toReversed().map(point(min))].join('L')}Z`),
  );
}

/** Made of numbers and letters of this file alone. */
function path(pieces: readonly string[]): Markup {
  return trusted(pieces.join(''));
}

/** Indices that follow one another without a hole. */
function runsOf(column: Series['mean']): number[][] {
  const runs: number[][] = [];
  for (const [i, value] of column.entries()) {
    if (value === null) continue;
    const run = runs.at(-1);
    if (run && run.at(-1) === i - 1) run.push(i);
    else runs.push([i]);
  }
  return runs;
}

/** 1, 2 or 5 times a power of ten, or 4 where that is near. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 5, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** What a series counts, with its state and its process; one that has no words is told by its name. */
function titleOf(name: string, { own }: Words): string {
  const base = name.replace(/\{.*/s, '');
  const what = Object.hasOwn(own.series, base) ? own.series[base] : base;
  return [stateOf(name), what].filter(Boolean).join(' · ');
}

function stateOf(name: string): string | undefined {
  return /\bstate="(\w+)"/.exec(name)?.[1]?.toUpperCase();
}
