import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseSource } from '../../server/collect/source-choice.ts';
import { memoryLog } from '../given.ts';

const never = new AbortController().signal;
/** netlink that is loaded, whatever it is. */
const loads = async () => () => {
  throw new Error('socket: EPERM');
};

describe('auto', () => {
  test('takes sock_diag here, and reads this namespace by it', async () => {
    const choice = await chooseSource({ source: 'auto', procfs: '/proc' }, memoryLog());
    const source = choice.pick(0);
    expect([source.name, choice.why()]).toEqual(['sock_diag', 'the cheapest source, and it works']);
    expect(await source.read(never)).toMatchObject({ complete: true });
    source.close?.();
  });

  test('takes /proc where koffi is not to be had, and says why', async () => {
    const log = memoryLog();
    const missing = () =>
      Promise.reject(new Error("Cannot find package 'koffi' imported from here\nand more"));
    const choice = await chooseSource({ source: 'auto', procfs: '/proc' }, log, missing);
    expect([choice.pick(0).name, choice.why()]).toEqual([
      'proc',
      "sock_diag: Cannot find package 'koffi' imported from here",
    ]);
    expect(log.lines).toEqual([expect.stringMatching(/^warn sock_diag is not to be had.*koffi/)]);
    expect(choice.pick(1e9).name).toBe('proc');
  });

  test('takes /proc where that is mounted elsewhere and may be of another namespace', async () => {
    const procfs = mkdtempSync(join(tmpdir(), 'halfclose-proc-'));
    const choice = await chooseSource({ source: 'auto', procfs }, memoryLog(), loads);
    expect(choice.pick(0).name).toBe('proc');
    expect(choice.why()).toContain(`${procfs} does not show this process's network namespace`);
    rmSync(procfs, { recursive: true });
  });

  test('a sock_diag that fails from the start gives way on the same pass', async () => {
    const choice = await chooseSource({ source: 'auto', procfs: '/proc' }, memoryLog(), loads);
    await expect(choice.pick(0).read(never)).rejects.toThrow('sock_diag: socket: EPERM');
    expect(choice.failed('sock_diag: socket: EPERM', 0)).toBe(true);
    expect([choice.pick(0).name, choice.why()]).toEqual(['proc', 'sock_diag: socket: EPERM']);
    expect(choice.failed('net/tcp: EIO', 0)).toBe(false);
  });

  test('one that has worked gives way after three failures in a row, and is tried again after a minute', async () => {
    const log = memoryLog();
    const choice = await chooseSource({ source: 'auto', procfs: '/proc' }, log, loads);
    const fail = (at: number) => {
      choice.pick(at);
      return choice.failed('broken', at);
    };
    choice.worked();
    expect([fail(1), fail(2)]).toEqual([false, false]);
    choice.worked();
    expect([fail(3), fail(4), fail(5)]).toEqual([false, false, true]);
    expect([choice.pick(6).name, choice.pick(64).name]).toEqual(['proc', 'proc']);
    choice.worked();
    expect(choice.pick(66).name).toBe('sock_diag');
    // On trial one failure is enough.
    expect(choice.failed('broken', 66)).toBe(true);
    expect(choice.pick(67).name).toBe('proc');
    expect(choice.pick(130).name).toBe('sock_diag');
    choice.worked();
    expect([choice.pick(131).name, choice.why()]).toEqual(['sock_diag', 'the cheapest source, and it works']);
    expect(log.lines.map((line) => line.split(' ')[0])).toEqual(['info', 'warn', 'info']);
  });
});

test('what is asked for by name is never left for another', async () => {
  const asked = await chooseSource({ source: 'proc', procfs: '/proc' }, memoryLog(), loads);
  expect([asked.pick(0).name, asked.why()]).toEqual(['proc', 'as --collect.source says']);
  const missing = () => Promise.reject(new Error('no koffi'));
  const choice = await chooseSource({ source: 'sock_diag', procfs: '/proc' }, memoryLog(), missing);
  expect(choice.pick(0).name).toBe('sock_diag');
  expect(() => choice.pick(0).read(never)).toThrow('sock_diag: no koffi');
  expect(choice.failed('sock_diag: no koffi', 0)).toBe(false);
});
