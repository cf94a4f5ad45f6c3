import type { Severity } from '../model/finding.ts';

/** Puts colour into text; the plain one leaves it as it is. */
export interface Paint {
  severity(text: string, severity: Severity): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** SGR of ECMA-48; the first eight colours are whatever the reader's terminal has chosen to be readable. */
const BY_SEVERITY: Readonly<Record<Severity, string>> = { critical: '1;31', warning: '1;33', info: '1;36' };

export const COLOURED: Paint = {
  severity: (text, severity) => sgr(BY_SEVERITY[severity], text),
  strong: (text) => sgr('1', text),
  faint: (text) => sgr('2', text),
};

export const PLAIN: Paint = {
  severity: (text) => text,
  strong: (text) => text,
  faint: (text) => text,
};

function sgr(code: string, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
