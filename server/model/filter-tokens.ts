import { FilterError } from './filter.ts';

/** A piece of a filter's text; a `string` stood in quotes. The last one is `end`. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'string' | 'end';
  /** Without quotes and escapes. */
  readonly text: string;
  /** In UTF-16 units from 0. */
  readonly position: number;
}

/** Longest first, so that `<=` is not `<` and `=`. Each alternative begins with another character: no backtracking. */
const TOKEN =
  /\s+|(?<symbol>&&?|\|\|?|!=?|==?|<=?|>=?|[()])|"(?<quoted>(?:[^"\\]|\\.)*)"|(?<word>[^\s()!&|=<>"]+)/suy;

/** Cuts a filter into its words and symbols. Throws FilterError where a quote has no end. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const position = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new FilterError('a quoted name has no end', position, 'a closing "');
    const { symbol, quoted, word } = match.groups ?? {};
    if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, position });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, position });
    else if (quoted !== undefined) {
      tokens.push({ kind: 'string', text: quoted.replace(/\\(.)/gsu, '$1'), position });
    }
  }
  tokens.push({ kind: 'end', text: '', position: text.length });
  return tokens;
}
