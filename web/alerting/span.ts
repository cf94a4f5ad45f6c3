import { parseDuration } from '../../server/model/duration.ts';

export const PRESETS = ['30m', '1h', '2h', '8h', '1d', '3d'] as const;
type Preset = (typeof PRESETS)[number];

/** From when until when, as it is chosen; times as a field for local date and time has them. */
export interface Lasting {
  readonly preset: Preset;
  /** Instead of the preset. */
  readonly until: string | null;
  /** null: at once. */
  readonly begins: string | null;
}

/** Milliseconds since 1970; null: the field has no time yet. */
export function startOf({ begins }: Lasting, nowMs: number): number | null {
  return begins === null ? nowMs : timeIn(begins);
}

export function endOf(lasting: Lasting, nowMs: number): number | null {
  if (lasting.until !== null) return timeIn(lasting.until);
  const start = startOf(lasting, nowMs);
  return start === null ? null : start + (parseDuration(lasting.preset) ?? 0) * 1000;
}

/** Without a zone it is that of the browser. */
function timeIn(field: string): number | null {
  const ms = Date.parse(field);
  return Number.isFinite(ms) ? ms : null;
}

/** As the API takes it: the server's clock counts a preset, so that a browser whose clock is wrong gets what it asked for. */
export function asked(lasting: Lasting): { startsAt?: string; endsAt?: string; duration?: string } {
  const [start, end] = [startOf(lasting, 0), endOf(lasting, 0)];
  const iso = (ms: number | null) => new Date(ms ?? 0).toISOString();
  return {
    ...(lasting.begins !== null && { startsAt: iso(start) }),
    ...(lasting.until !== null ? { endsAt: iso(end) } : { duration: lasting.preset }),
  };
}
