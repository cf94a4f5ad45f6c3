import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matches, MatcherError, parseMatcher } from '../../server/model/matcher.ts';

function errorOf(text: string): MatcherError {
  try {
    parseMatcher(text);
  } catch (err) {
    expect(err).toBeInstanceOf(MatcherError);
    return err as MatcherError;
  }
  throw new Error('expected an error');
}

describe('a matcher', () => {
  test.each([
    ['severity="critical"', { name: 'severity', operator: '=', value: 'critical' }],
    [' severity != critical ', { name: 'severity', operator: '!=', value: 'critical' }],
    ['process=~"api|web"', { name: 'process', operator: '=~', value: 'api|web' }],
    ['process!~api-.*', { name: 'process', operator: '!~', value: 'api-.*' }],
    ['a="say \\"\\\\\\n\\""', { name: 'a', operator: '=', value: 'say "\\\n"' }],
    ['a=""', { name: 'a', operator: '=', value: '' }],
  ])('%j is %j', (text, matcher) => {
    expect(parseMatcher(text)).toEqual(matcher);
  });

  test.each([
    ['', 0, 'the name of a label'],
    ['1a="b"', 0, 'the name of a label'],
    ['severity', 8, '=, !=, =~ or !~'],
    ['severity > 1', 9, '=, !=, =~ or !~'],
    ['a=', 2, 'a value such as "critical"'],
    ['a="b', 2, 'a value such as "critical"'],
    ['a="b" c', 6, 'nothing after the value'],
    ['a=b,c=d', 3, 'nothing after the value'],
    ['a=~"(b"', 3, 'a regular expression as in RE2 (error parsing regexp: missing closing )'],
    [`a="${'b'.repeat(1000)}"`, 1000, 'at most 1000 characters'],
  ])('%j is a mistake at %i', (text, position, expected) => {
    const error = errorOf(text);
    expect(error.position).toBe(position);
    expect(error.expected).toContain(expected);
    expect(error.message).toBe(`at ${position}: expected ${error.expected}`);
  });

  test('that can be read back from any value is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (value) => {
        const quoted = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
        expect(parseMatcher(`a="${quoted}"`).value).toBe(value);
      }),
    );
  });

  test('of any text is read, or fails by a MatcherError', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ab"=~! \\n[](') }));
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseMatcher(written);
        } catch (err) {
          expect(err).toBeInstanceOf(MatcherError);
        }
      }),
    );
  });
});

describe('labels match', () => {
  const labels = { severity: 'critical', process: 'api-1' };
  test.each([
    [[], true],
    [['severity="critical"'], true],
    [['severity="critic"'], false],
    [['severity="critical"', 'process=~"api-.*"'], true],
    [['severity="critical"', 'process!~"api-.*"'], false],
    [['process=~"api"'], false],
    [['team=""'], true],
    [['team!="a"'], true],
    [['team=~".+"'], false],
    [['constructor=""'], true],
  ])('%j: %s', (texts, expected) => {
    expect(matches(texts.map(parseMatcher), labels)).toBe(expected);
  });
});
