import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { asSs, parseSs, rowsOf } from './given.ts';
import { openWorld, skipUnlessPossible } from './world.ts';
import type { World } from './world.ts';

const CAPTURED = fileURLToPath(new URL('../fixtures/proc/states', import.meta.url));
const HEADER = readFileSync(`${CAPTURED}/net/tcp`, 'latin1').split('\n', 1)[0]! + '\n';
const never = new AbortController().signal;

describe('under any mount point', () => {
  let procfs: string;
  beforeEach(() => {
    procfs = mkdtempSync(join(tmpdir(), 'halfclose-proc-'));
    cpSync(CAPTURED, procfs, { recursive: true });
    return () => rmSync(procfs, { recursive: true });
  });

  test('both families are read, IPv4 first', async () => {
    const { table, complete, incompleteReason, duplicates, badRows } = await procNetTcp(procfs).read(never);
    expect({ complete, incompleteReason, duplicates, badRows }).toEqual({
      complete: true,
      incompleteReason: undefined,
      duplicates: 0,
      badRows: 0,
    });
    const families = rowsOf(table).map(({ family }) => family);
    expect(families).toEqual([...Array<number>(19).fill(4), ...Array<number>(20).fill(6)]);
  });

  test('a kernel without IPv6 has no tcp6, and misses nothing', async () => {
    rmSync(`${procfs}/net/tcp6`);
    const { table, complete } = await procNetTcp(procfs).read(never);
    expect([table.count, complete]).toEqual([19, true]);
  });

  test('a missing tcp is an error that names the file', async () => {
    rmSync(`${procfs}/net/tcp`);
    await expect(procNetTcp(procfs).read(never)).rejects.toThrow(`${procfs}/net/tcp: ENOENT`);
  });

  test.each(['', 'garbage\nand more\n'])(
    'a tcp of %j is an error, and not a host without sockets',
    async (text) => {
      writeFileSync(`${procfs}/net/tcp`, text);
      await expect(procNetTcp(procfs).read(never)).rejects.toThrow(
        `${procfs}/net/tcp: does not begin with the kernel's header line`,
      );
    },
  );

  test('a table of which most rows cannot be parsed is incomplete', async () => {
    rmSync(`${procfs}/net/tcp6`);
    writeFileSync(`${procfs}/net/tcp`, `${HEADER}${'another format\n'.repeat(3)}`);
    const { table, complete, incompleteReason, badRows } = await procNetTcp(procfs).read(never);
    expect([table.count, complete, badRows]).toEqual([0, false, 3]);
    expect(incompleteReason).toBe(`${procfs}/net: most rows cannot be parsed`);
  });

  test('a tcp6 that cannot be read leaves the IPv4 sockets, and the read incomplete with the reason', async () => {
    rmSync(`${procfs}/net/tcp6`);
    mkdirSync(`${procfs}/net/tcp6`);
    const { table, complete, incompleteReason } = await procNetTcp(procfs).read(never);
    expect([table.count, complete]).toEqual([19, false]);
    expect(incompleteReason).toContain(`${procfs}/net/tcp6: EISDIR`);
  });

  test('an abort before anything was read is an error, one between the files leaves the read incomplete', async () => {
    await expect(procNetTcp(procfs).read(AbortSignal.abort())).rejects.toThrow('stopped before its end');
    let looks = 0;
    // A read is too short for a real abort to fall into a certain place of it.
    const signal = {
      get aborted() {
        return ++looks > 2;
      },
    } as AbortSignal;
    const { table, complete, incompleteReason } = await procNetTcp(procfs).read(signal);
    expect([table.count, complete]).toEqual([19, false]);
    expect(incompleteReason).toContain('net/tcp6: reading was stopped before its end');
  });

  test('bad rows and duplicates are counted, and the rest is read', async () => {
    const row = '0: 0100007F:0050 0100007F:C000 01 00000000:00000000 00:00000000 00000000 0 0 7 1 0';
    writeFileSync(`${procfs}/net/tcp`, `${HEADER}${row}\nnonsense\n${row}\n`);
    const { table, badRows, badRowSamples, duplicates } = await procNetTcp(procfs).read(never);
    expect([table.count, badRows, duplicates]).toEqual([21, 1, 1]);
    expect(badRowSamples).toEqual(['nonsense']);
  });
});

describe('in a network namespace of its own', () => {
  let world: World | undefined;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(skipUnlessPossible);
  afterAll(() => world?.end());

  test('the sockets are those of ss, IPv4 and IPv6, one by one', async () => {
    const { procfs, run } = world!;
    const source = procNetTcp(procfs);
    const ss = () => run('ss', '-tanHe').trimEnd().split('\n').map(parseSs);
    await vi.waitFor(async () => {
      const before = ss();
      const { table, complete } = await source.read(never);
      // The order is the hash table's, and not the same by both ways.
      const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
      const ours = sorted(rowsOf(table).map((_, row) => asSs(table, row)));
      expect(sorted(ss()), 'not quiet').toEqual(sorted(before));
      expect(ours).toEqual(sorted(before));
      expect(complete).toBe(true);
      const states = new Set(rowsOf(table).map(({ state, family }) => `${state} ${family}`));
      for (const state of ['LISTEN', 'ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT2', 'TIME_WAIT']) {
        expect(states).toContain(`${state} 4`);
        expect(states).toContain(`${state} 6`);
      }
      expect(states).toContain('SYN_SENT 4');
    });
  });

  test('thousands of sockets, many reads long, are all read', async () => {
    await world!.tell('open 2000');
    const { table, badRows } = await procNetTcp(world!.procfs).read(never);
    const established = rowsOf(table).filter(({ state, family }) => state === 'ESTABLISHED' && family === 4);
    expect([established.length >= 4000, badRows]).toEqual([true, 0]);
  });

  test('a read ends while connections come faster than the kernel lists them', async () => {
    await world!.tell('storm');
    const source = procNetTcp(world!.procfs);
    // Before there are many, the table's last page is its first: that is when the end is easily missed.
    for (let reads = 0; reads < 30; reads++) {
      const { table, complete } = await source.read(AbortSignal.timeout(10_000));
      expect([complete, table.count < 100_000]).toEqual([true, true]);
    }
  });
});
