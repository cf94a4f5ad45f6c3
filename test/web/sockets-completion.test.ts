import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../server/model/filter-parser.ts';
import {
  completed,
  mistakeIn,
  suggestionsAt,
  type Expected,
  type Present,
} from '../../web/views/sockets/completion.ts';

const PRESENT: Present = {
  process: ['nginx', 'my app', 'and'],
  unit: ['nginx.service'],
  netns: ['host', 'web'],
  sport: [':443', ':80'],
};

/** What ends a filter that ends too early. */
const FILLER: Readonly<Record<Expected, string>> = {
  term: 'pid 1 ',
  join: '',
  joinOrClose: ') ',
  state: 'all ',
  address: '::1 ',
  port: ':1 ',
  number: '1 ',
  duration: '1s ',
  name: 'x ',
  quote: '" ',
  fewer: '',
};

/** The caret is at the |. */
function suggested(marked: string): string[] {
  const caret = marked.indexOf('|');
  return suggestionsAt(marked.replace('|', ''), caret, PRESENT).list.map(({ text }) => text);
}

function chosen(marked: string, choice: string): string {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const after = completed(text, suggestionsAt(text, caret, PRESENT), choice);
  return `${after.text.slice(0, after.caret)}|${after.text.slice(after.caret)}`;
}

describe('suggestions', () => {
  test.each([
    ['s|', ['state', 'src', 'sport', 'sendq']],
    ['state |', expect.arrayContaining(['close-wait', 'connected'])],
    ['state clo|', ['closing', 'close-wait', 'closed']],
    ['STATE Clo|', ['closing', 'close-wait', 'closed']],
    ['state close-wait |', ['and', 'or']],
    ['(state close-wait |', ['and', 'or', ')']],
    ['state close-wait and p|', ['pid', 'process']],
    ['not |', expect.arrayContaining(['state', 'not', '('])],
    ['age |', ['>', '<', '=', '10s', '60s', '5m', '1h', '1d']],
    ['age > |', ['10s', '60s', '5m', '1h', '1d']],
    ['process = n|', ['nginx']],
    ['process |', ['=', '!=', 'nginx', '"my app"', '"and"']],
    ['process = "my|', ['"my app"']],
    ['sport = |', [':443', ':80']],
    ['netns = we|', ['web']],
    ['unit service|', ['nginx.service']],
    ['pid = 12|', []],
    ['constructor |', ['=', '!=', '<', '<=', '>', '>=']],
  ])('at %s', (marked, expected) => {
    expect(suggested(marked)).toEqual(expected);
  });

  test.each([
    ['sta|', 'state', 'state |'],
    ['sta| and pid 1', 'state', 'state |and pid 1'],
    ['state cl|osed and pid 1', 'close-wait', 'state close-wait |and pid 1'],
    ['process = "my|', '"my app"', 'process = "my app" |'],
    ['process = "m|x" and pid 1', '"my app"', 'process = "my app" |and pid 1'],
  ])('a choice replaces the word at the caret: %s', (marked, choice, expected) => {
    expect(chosen(marked, choice)).toBe(expected);
  });

  test('whoever takes suggestions only, and closes what is open, writes a filter without a mistake', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), (choices) => {
        let text = '';
        for (const n of choices) {
          const suggestions = suggestionsAt(text, text.length, PRESENT);
          const choice = suggestions.list[n % suggestions.list.length];
          if (choice) ({ text } = completed(text, suggestions, choice.text));
          else text += FILLER[mistakeIn(text)!.expected];
        }
        for (let mistake = mistakeIn(text); mistake; mistake = mistakeIn(text))
          text += FILLER[mistake.expected];
        expect(() => parseFilter(text)).not.toThrow();
      }),
    );
  });

  test('any text and any caret are taken', () => {
    const texts = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('state ', '"', '(', ' and ', 'age > ', 'process '),
      ),
    );
    fc.assert(
      fc.property(texts, fc.nat(60), (parts, at) => {
        const text = parts.join('');
        const caret = Math.min(at, text.length);
        const { from, to } = suggestionsAt(text, caret, PRESENT);
        expect(from).toBeLessThanOrEqual(caret);
        expect(to).toBeGreaterThanOrEqual(caret);
        mistakeIn(text);
      }),
    );
  });
});

describe('a mistake', () => {
  test.each([
    ['state close-wiat', 6, 'close-wiat', 'state'],
    ['state', 5, '', 'state'],
    ['pid x and uid 1', 4, 'x', 'number'],
    ['(pid 1', 6, '', 'joinOrClose'],
    ['pid 1 )', 6, ')', 'join'],
    ['foo 1', 0, 'foo', 'term'],
    ['dst foo', 4, 'foo', 'address'],
    ['dport = :https', 8, ':https', 'port'],
    ['age > soon', 6, 'soon', 'duration'],
    ['process = and', 10, 'and', 'name'],
    ['process = "x', 10, '"x', 'quote'],
    ['x'.repeat(2001), 2000, '', 'fewer'],
  ])('%s', (text, position, word, expected) => {
    expect(mistakeIn(text)).toEqual({ position, word, expected });
  });

  test('is not in a filter that the server takes', () => {
    expect(mistakeIn('( state close-wait or age > 60s ) and dst [::1]:443')).toBeNull();
  });
});
