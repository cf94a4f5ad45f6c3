import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countDescriptors,
  parseStat,
  readDescriptorLimit,
  readStat,
  readUid,
} from '../../server/collect/process-files.ts';

/** /proc/PID/stat from field 3 on, ppid (4), flags (9) and starttime (22) told apart from the rest. */
const REST = 'S 41 1 1 0 -1 4194560 10 11 12 13 14 15 16 17 18 19 20 21 777 23 24';
const stat = (name: string, rest = REST) => `42 (${name}) ${rest}\n`;

describe('this process', () => {
  test('has a name, a start time, a uid, descriptors and a limit', () => {
    const first = readStat('/proc', process.pid);
    expect(first.startTimeTicks).toBeGreaterThan(0);
    expect(first.withoutDescriptors).toBe(false);
    expect(first.name.length).toBeGreaterThan(0);
    expect(readStat('/proc', process.pid)).toEqual(first);
    expect(readUid('/proc', process.pid)).toBe(process.geteuid?.());
    expect(countDescriptors('/proc', process.pid)).toBeGreaterThan(2);
    expect(readDescriptorLimit('/proc', process.pid)).toBeGreaterThan(2);
  });
});

test('of a process that is gone, nothing is known', () => {
  const gone = 0x7fff_ffff;
  expect(() => readStat('/proc', gone)).toThrow('ENOENT');
  expect(readUid('/proc', gone)).toBeNull();
  expect(countDescriptors('/proc', gone)).toBeNull();
  expect(readDescriptorLimit('/proc', gone)).toBeNull();
});

describe('the stat line', () => {
  test.each([
    ['a plain name', 'nginx', 'nginx'],
    ['parentheses', 'a) R 1 (', 'a) R 1 ('],
    ['a newline', 'two\nlines', 'two\ufffdlines'],
    ['an escape sequence', '\u001b[31mred', '\ufffd[31mred'],
    ['a change of direction', 'abc\u202egpj', 'abc\ufffdgpj'],
    ['no name at all', '', ''],
  ])('with %s gives the name to show, the parent and the start time', (_, name, shown) => {
    expect(parseStat(stat(name))).toEqual({
      name: shown,
      parentPid: 41,
      startTimeTicks: 777,
      withoutDescriptors: false,
    });
  });

  test('of a kernel thread or a zombie tells that it has no descriptors', () => {
    expect(parseStat(stat('kthreadd', REST.replace('4194560', '2129984')))?.withoutDescriptors).toBe(true);
    expect(parseStat(stat('dead', REST.replace('S', 'Z')))?.withoutDescriptors).toBe(true);
  });

  test.each([
    '',
    '42',
    '42 (x',
    '42 (x)',
    '42 (x) S 1 2 3',
    ')(',
    stat('x', REST.replace('777', 'y')),
    stat('x', REST.replace('41', 'y')),
  ])('%j cannot be understood', (text) => {
    expect(parseStat(text)).toBeNull();
  });

  test('of any name and any text throws nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        parseStat(name);
        expect(parseStat(stat(name))?.startTimeTicks).toBe(777);
      }),
    );
  });
});
