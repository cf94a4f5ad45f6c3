import type { Observation } from '../model/observation.ts';

/** Sheets of one pass that are kept, for other dashboards with the same question; the oldest go first. */
const MAX_SHEETS = 8;
const MAX_BYTES = 48 * 1024 * 1024;
/** What a sheet counts for until it is there. */
const PENDING_BYTES = MAX_BYTES / MAX_SHEETS;
/** Longer than from one pass to the next, mostly: when nobody asks any more, nothing is kept. */
const KEPT_MS = 10_000;

export interface SheetCache {
  /** The sheet of a question, asked for once a pass; `pass` null: there is none to keep it for. */
  get(pass: string | null, question: string, ask: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

export function createSheetCache(): SheetCache {
  const sheets = new Map<string, { readonly answer: Promise<Uint8Array>; bytes: number }>();
  let passKept: string | null = null;
  let forget: NodeJS.Timeout | undefined;

  function trim(): void {
    let bytes = [...sheets.values()].reduce((sum, sheet) => sum + sheet.bytes, 0);
    for (const [question, sheet] of sheets) {
      if (sheets.size <= MAX_SHEETS && bytes <= MAX_BYTES) return;
      sheets.delete(question);
      bytes -= sheet.bytes;
    }
  }

  return {
    get(pass, question, ask) {
      if (pass === null) return ask();
      if (pass !== passKept) sheets.clear();
      passKept = pass;
      const known = sheets.get(question);
      if (known) return known.answer;
      const sheet = { answer: ask(), bytes: PENDING_BYTES };
      sheets.set(question, sheet);
      trim();
      sheet.answer.then(
        ({ byteLength }) => {
          sheet.bytes = byteLength;
          trim();
        },
        () => {
          if (sheets.get(question) === sheet) sheets.delete(question);
        },
      );
      clearTimeout(forget);
      forget = setTimeout(() => sheets.clear(), KEPT_MS).unref();
      return sheet.answer;
    },
  };
}

/**
 * Names the pass that an answer made now is of: where one namespace is watched, the last one that read all its sockets.
 * An answer may be of a pass that has just ended and is not known here yet: then it is asked for once more under the new name.
 */
export function passOf(latest: Observation | null): string | null {
  if (!latest) return null;
  const { epoch, sequence, fullAt, namespacesTotal } = latest;
  return `${epoch}-${namespacesTotal > 1 ? sequence : fullAt}`;
}
