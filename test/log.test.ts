import { expect, test } from 'vitest';
import { oneLine } from '../server/log.ts';

test('what a terminal may obey is escaped, and the line stays one line of the same JSON', () => {
  const hostile = { name: '\u009b31m\u202egnp\u2028\u{e0041}\u007f', plain: '日本 é 😀' };
  const line = oneLine(`${JSON.stringify(hostile)}\n`);
  expect(line).toBe('{"name":"\\u009b31m\\u202egnp\\u2028\\udb40\\udc41\\u007f","plain":"日本 é 😀"}\n');
  expect(JSON.parse(line)).toEqual(hostile);
});

test('a newline in the middle does not begin another line', () => {
  expect(oneLine('a\nb\n')).toBe('a\\u000ab\n');
});
