import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../server/model/printable.ts';

test.each([
  ['text of any script', 'nginx: 工作进程 привет'],
  ['an emoji of two UTF-16 units', 'cache 🦊'],
  ['markup, which is the concern of who shows it', '<b>&"'],
])('%s stays as it is', (_, text) => {
  expect(printable(text, 64)).toBe(text);
});

test.each([
  ['a newline', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['an escape', 'a\u001bb'],
  ['NUL', 'a\u0000b'],
  ['a C1 control', 'a\u009bb'],
  ['a line separator', 'a\u2028b'],
  ['a right-to-left override', 'a\u202eb'],
  ['an isolate', 'a\u2066b'],
  ['a zero-width space', 'a\u200bb'],
  ['a byte order mark', 'a\ufeffb'],
  ['a tag character', 'a\u{e0041}b'],
  ['a lone surrogate', 'a\ud800b'],
])('%s becomes U+FFFD', (_, text) => {
  expect(printable(text, 64)).toBe('a\ufffdb');
});

test('long text is cut, and says so', () => {
  expect(printable('abcdef', 6)).toBe('abcdef');
  expect(printable('abcdefg', 6)).toBe('abcde…');
  // Cut inside a pair: half of a character is none.
  expect(printable('abcd🦊g', 6)).toBe('abcd\ufffd…');
});

test('of any text, what comes out is short, well-formed and safe, and stays the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 20 }), (text, maxLength) => {
      const shown = printable(text, maxLength);
      expect(shown.length).toBeLessThanOrEqual(maxLength);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(printable(shown, maxLength)).toBe(shown);
    }),
  );
});
