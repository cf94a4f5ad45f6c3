import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evidenceText } from '../../web/evidence.ts';
import { formatFor } from '../../web/format.ts';

const en = formatFor('en');
const zh = formatFor('zh-CN');

test('a duration has its two largest units, in the words of the language', () => {
  expect(en.duration(0)).toBe('0 s');
  expect(en.duration(59.9)).toBe('59 s');
  expect(en.duration(200)).toBe('3 min 20 s');
  expect(en.duration(7500)).toBe('2 h 5 min');
  expect(en.duration(86_400 * 4)).toBe('4 d');
  expect(zh.duration(200)).toBe('3 分钟 20 秒');
});

test('a duration skips no unit between its two: an hour and a second is an hour', () => {
  expect(en.duration(3601)).toBe('1 h');
});

test('an age has one unit and is rounded down, never up', () => {
  expect(en.age(119.9)).toBe('1 min');
  expect(zh.age(52_000)).toBe('14 小时');
});

test('a share is 100% only where all of it is used, and nothing only where nothing is', () => {
  expect(en.share(0.999)).toBe('99%');
  expect(en.share(1)).toBe('100%');
  expect(en.share(0.0004)).toBe('<1%');
  expect(en.share(0)).toBe('0%');
});

test('a small rate is not called zero', () => {
  expect(en.rate(0.01)).toBe('<0.1');
  expect(en.rate(0)).toBe('0.0');
  expect(en.rate(1234.5)).toBe('1,235');
});

test('no number of seconds makes an empty or negative duration', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e9, noNaN: true }), (seconds) => {
      expect(en.duration(seconds)).toMatch(/^\d/);
      expect(zh.age(seconds)).toMatch(/^\d/);
    }),
  );
});

test('evidence is written by the unit in its name', () => {
  const words = {
    yes: 'yes',
    no: 'no',
    unknown: 'unknown',
    bytes: (count: string) => `${count} B`,
    milliseconds: (count: string) => `${count} ms`,
  };
  const written = (key: string, value: number | string | boolean | null) =>
    evidenceText(key, value, en, words);
  expect(written('minAgeSeconds', 90)).toBe('1 min 30 s');
  expect(written('retransmissionTimeoutSeconds', 0.204)).toBe('204 ms');
  expect(written('lastAckReceivedSeconds', 0)).toBe('0 s');
  expect(written('perSecond', 0.31)).toBe('0.3');
  expect(written('pid', 1234567)).toBe('1234567');
  expect(written('usedRatio', 0.617)).toBe('62%');
  expect(written('recvQueueBytes', 4096)).toBe('4,096 B');
  expect(written('bytesAtLeast', 168_000)).toBe('168,000 B');
  expect(written('growthPerMinute', 4.25)).toBe('4.3');
  expect(written('drained', 1234)).toBe('1,234');
  expect(written('growing', true)).toBe('yes');
  expect(written('descriptorLimit', null)).toBe('unknown');
  expect(written('process', '<b>')).toBe('<b>');
});
