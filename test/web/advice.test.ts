import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../server/model/alert.ts';
import { describeFinding } from '../../server/model/texts/describe.ts';
import { sentencesOf } from '../../web/sentences.ts';
import { adviceOf, piecesOf } from '../../web/views/finding/advice.ts';
import { EVERY_CAUSE, findingOf } from './every-finding.ts';

const letters = (text: string) => text.replace(/[\s,;.，；。()（）]/g, '').replaceAll('and', '');

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(EVERY_CAUSE)('the advice on $detector, $cause loses no word when it is taken apart', (cause) => {
    const { advice } = describeFinding(findingOf(cause), language);
    const parts = adviceOf(advice).map(({ text }) => text);
    // What stood in parentheses comes after the rest of its sentence.
    expect([...letters(parts.join(''))].sort().join('')).toBe([...letters(advice)].sort().join(''));
    for (const part of parts) expect(part.trim()).not.toBe('');
  });

  test.each(EVERY_CAUSE)('the explanation of $detector, $cause falls into sentences', (cause) => {
    const { explanation } = describeFinding(findingOf(cause), language);
    const sentences = sentencesOf(explanation);
    expect(sentences.join(language === 'en' ? ' ' : '')).toBe(explanation);
    for (const sentence of sentences) expect(sentence).toMatch(/[.!?。！？]$/);
  });
});

test('what is said of single runtimes behind a colon is set apart, an item for each', () => {
  const parts = adviceOf('Close it. Remove it: a(b, c) in Java, two things and x in Go, and y in nginx.');
  expect(parts.map(({ text, isItem }) => [text, isItem])).toEqual([
    ['Close it.', false],
    ['Remove it:', false],
    ['a(b, c) in Java', true],
    ['two things and x in Go', true],
    ['y in nginx', true],
  ]);
});

test('what stands in parentheses is set apart too, and its sentence goes on without it', () => {
  const parts = adviceOf('设好超时（Go 的 SetDeadline，nginx 的 send_timeout），再试一次。');
  expect(parts.map(({ text }) => text)).toEqual([
    '设好超时，再试一次。',
    'Go 的 SetDeadline',
    'nginx 的 send_timeout',
  ]);
});

test('a sentence that names one runtime stays whole, and the name can be told from the rest', () => {
  const [part, ...others] = adviceOf('In Node look for a stream that was paused.');
  expect(others).toEqual([]);
  expect(part?.names).toEqual(['Node']);
  expect(piecesOf(part?.text ?? '')).toEqual(['In ', 'Node', ' look for a stream that was paused.']);
});
