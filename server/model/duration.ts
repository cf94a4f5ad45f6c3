/** Durations as people and Prometheus write them: `500ms`, `30s`, `1h30m`, `7d`. */

const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
type Unit = keyof typeof SECONDS;

/** Units from large to small, each once; what Prometheus takes, without `y`. */
export const DURATION_PATTERN = '^(?=.)(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$';
const DURATION = new RegExp(DURATION_PATTERN);

/** Seconds, or undefined where the text is no duration. `0` without a unit is zero, as in Prometheus. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) {
    seconds += Number(amount) * SECONDS[unit as Unit];
  }
  return Math.round(seconds * 1000) / 1000;
}

/** The shortest such text of a number of seconds: `90` is `1m30s`, `0.5` is `500ms`. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const size = SECONDS[unit] * 1000;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}
