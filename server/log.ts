import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LogConfig } from './model/config.ts';

/**
 * The log of one process, on standard error so that commands keep standard output for their answers.
 * `logfmt` is what Prometheus's programs write: https://brandur.org/logfmt
 */
export function createLog(config: LogConfig, component: string): Logger {
  const stream = {
    write(line: string) {
      process.stderr.write(oneLine(config.format === 'json' ? line : logfmt(line)));
    },
  };
  return pino(
    {
      level: config.level,
      base: { component },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/**
 * What a terminal may obey, or a reader overlook, is written as JSON escapes it. JSON itself, in whose strings all of it
 * stands, lets C1 controls and the turns of direction through; addresses of receivers and strangers' headers reach the log.
 */
export function oneLine(line: string): string {
  return line.replace(
    /(?!\n$)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    // By UTF-16 units, as JSON has it.
    (character) =>
      character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** One JSON line of pino as one logfmt line; an error becomes its message, and its stack only where it is all there is. */
function logfmt(line: string): string {
  const { err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const words = Object.entries(fields).map(([key, value]) => `${key}=${quoted(value)}`);
  if (err !== undefined) words.push(`err=${quoted((err as { message?: unknown }).message ?? err)}`);
  return `${words.join(' ')}\n`;
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
