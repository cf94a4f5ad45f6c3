import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth, padEnd, wrap } from '../../server/terminal/width.ts';

describe('a text in columns', () => {
  test.each([
    ['CLOSE_WAIT', 10],
    ['没有关闭', 8],
    ['PID 42：', 8],
    ['e\u0301', 1],
    ['', 0],
  ])('%j takes %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
    expect(displayWidth(padEnd(text, 12))).toBe(12);
  });

  test('is broken at spaces', () => {
    expect(wrap('the peer has sent its FIN', 12)).toEqual(['the peer has', 'sent its FIN']);
  });

  test('is broken between Chinese characters, and no line begins with a comma or ends with an opening bracket', () => {
    expect(wrap('对端已发，而', 8)).toEqual(['对端已', '发，而']);
    expect(wrap('进程（甲）', 6)).toEqual(['进程', '（甲）']);
  });

  test('keeps Latin words whole inside Chinese ones', () => {
    expect(wrap('已经 CLOSE_WAIT 很久', 12)).toEqual(['已经', 'CLOSE_WAIT', '很久']);
  });

  test('has no spaces at the end of a line, also where a word is cut', () => {
    expect(wrap('端   ）', 4)).toEqual(['端', '）']);
  });

  test('loses nothing but spaces, and no line is too wide, whatever it is', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '，', '端', '（', '）', '口', '-', '\u{20001}'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(word, fc.integer({ min: 4, max: 30 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
