/** Characters that take two columns. Source: Unicode Standard Annex #11, classes W and F. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;
/** No line begins with one of these, nor ends with one of those. */
const CLOSING = /[，。、；：？！）》」』”’%]/;
/** A number and its unit stay together. */
const BEFORE_UNIT = /(?<=\d) (?=(?:d|h|min|s|B|kB|MB|GB)\b)/g;
const NO_BREAK = '\u00a0';
const OPENING = /[（《「『“‘]/;

/** Columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/**
 * Lines of at most so many columns, broken at spaces and between Chinese characters; a word that is longer is cut, so that
 * nothing is lost at the edge of a narrow terminal.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text.replace(BEFORE_UNIT, NO_BREAK))) {
    if (displayWidth(line + piece.trimEnd()) <= width) {
      line += piece;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    line = '';
    for (const character of piece) {
      if (displayWidth(line + character.trimEnd()) > width) {
        lines.push(line.trimEnd());
        line = '';
      }
      line += character;
    }
  }
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines.map((each) => each.replaceAll(NO_BREAK, ' '));
}

/** What stays together on a line: words with the space behind them, and single wide characters. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of text) {
    const last = piece.at(-1) ?? '';
    const breaksBefore =
      piece !== '' &&
      character !== ' ' &&
      !CLOSING.test(character) &&
      !OPENING.test(last) &&
      (last === ' ' || WIDE.test(character) || WIDE.test(last));
    if (breaksBefore) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
