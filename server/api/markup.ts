import { printable } from '../model/printable.ts';

/** Longer than any sentence here; what is longer is not from here. */
const MAX_TEXT_LENGTH = 4000;

/** HTML that is well-formed and holds no text of unknown origin unescaped; only `markup` and `trusted` make it. */
export interface Markup {
  readonly html: string;
}

/** `null` and `false` are nothing. */
type Part = string | number | Markup | readonly Part[] | null | false;

/** A template of HTML: what is put in is escaped, as text or as the value of a quoted attribute, unless it is Markup. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { html: strings.map((text, i) => (i === 0 ? '' : htmlOf(parts[i - 1]!)) + text).join('') };
}

/** HTML or CSS that stands in the program itself. */
export function trusted(html: string): Markup {
  return { html };
}

function htmlOf(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(htmlOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return printable(text, MAX_TEXT_LENGTH).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
