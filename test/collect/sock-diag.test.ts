import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { procNetTcp } from '../../server/collect/proc-net-tcp.ts';
import { sockDiag } from '../../server/collect/sock-diag.ts';
import type { SocketTable } from '../../server/model/socket-table.ts';
import type { Source } from '../../server/model/units.ts';
import { asSs, parseSs, rowsOf } from './given.ts';
import {
  CAPTURED_DUMP,
  CAPTURED_PORT,
  datagram,
  message,
  netlinkIn,
  number,
  scripted,
  type Received,
} from './netlink.ts';
import { openWorld, skipUnlessPossible, type World } from './world.ts';

const never = new AbortController().signal;

const ERROR = 2;
const DONE = 3;
const OVERRUN = 4;
const SOCKET = 18;
const INTERRUPTED = 0x12;
const ENOBUFS = 105;

const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

describe('what a real kernel answered', () => {
  const ss = readFileSync(new URL('../fixtures/proc/sock_diag/ss.txt', import.meta.url), 'utf8');
  const lines = ss.trimEnd().split('\n');

  test('holds the sockets of ss with their cookies, and those that are bound and no more', async () => {
    const { table, complete, badRows, duplicates } = await sockDiag(scripted([CAPTURED_DUMP])).read(never);
    expect({ complete, badRows, duplicates }).toEqual({ complete: true, badRows: 0, duplicates: 0 });
    const ours = rowsOf(table).map((_, row) => ({ ...asSs(table, row), cookie: table.cookie[row] }));
    const bound = ours.filter(({ state }) => state === 'CLOSE');
    expect(bound.map(({ local }) => local).sort()).toEqual(['127.0.0.1:8030', '[::1]:8030']);
    const theirs = lines.map((line) => ({
      ...parseSs(line),
      cookie: Number(`0x${/sk:(\w+)/.exec(line)?.[1]}`),
    }));
    // Of a listener /proc does not know the maximum, and so neither does parseSs.
    const unlisted = ours
      .filter(({ state }) => state !== 'CLOSE')
      .map((row) => (row.state === 'LISTEN' ? { ...row, sendQueueBytes: 0 } : row));
    expect(sorted(unlisted)).toEqual(sorted(theirs));
  });

  test('tells the maximum of each accept queue, timers, and what they have tried', async () => {
    const { table } = await sockDiag(scripted([CAPTURED_DUMP])).read(never);
    const rows = rowsOf(table);
    const listening = rows.filter(({ state }) => state === 'LISTEN');
    expect(new Set(listening.map(({ sendQueueBytes }) => sendQueueBytes))).toEqual(new Set([16]));
    const timers = (state: string) =>
      rows
        .filter((row) => row.state === state)
        .map(({ timer, retransmits, probes }) => [timer, (retransmits ?? 0) > 0, probes]);
    expect(timers('TIME_WAIT')).toEqual([
      ['time_wait', false, 0],
      ['time_wait', false, 0],
    ]);
    expect(timers('CLOSING')).toEqual([
      ['retransmit', true, 0],
      ['retransmit', true, 0],
    ]);
  });

  test('the same row listed twice is one socket, and the later one is the newer', async () => {
    const doubled = datagram(CAPTURED_DUMP.slice(0, -20), CAPTURED_DUMP);
    const once = (await sockDiag(scripted([CAPTURED_DUMP])).read(never)).table;
    const { table, duplicates } = await sockDiag(scripted([doubled])).read(never);
    expect([table.count, duplicates]).toEqual([once.count, once.count]);
  });

  test('whatever is done to its bytes, a read ends, and rows are whole', async () => {
    const damage = fc.array(fc.tuple(fc.nat(CAPTURED_DUMP.length - 1), fc.nat(255)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = CAPTURED_DUMP.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const read = await readOrError(sockDiag(scripted([bytes], [bytes], [bytes])));
        if (!read) return;
        expect(read.table.count).toBeLessThanOrEqual(45);
        for (const row of rowsOf(read.table)) {
          expect(row.state).toBeDefined();
          expect(row.timer).toBeDefined();
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('cut anywhere, it is incomplete', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(CAPTURED_DUMP.length - 1), async (length) => {
        const cut = CAPTURED_DUMP.slice(0, length);
        const read = await readOrError(sockDiag(scripted([cut], [cut], [cut])));
        expect(read?.complete ?? false).toBe(false);
      }),
    );
  });

  test('bytes at random are no sockets, and hold nothing up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await readOrError(sockDiag(scripted([bytes], [bytes], [bytes])))).toBeUndefined();
      }),
    );
  });
});

describe('what goes wrong', () => {
  const sockets = CAPTURED_DUMP.slice(0, -20);
  const withFlags = (flags: number) => {
    const bytes = CAPTURED_DUMP.slice();
    new DataView(bytes.buffer).setUint16(6, flags, true);
    return bytes;
  };
  const failures: readonly (readonly [string, readonly Received[], string])[] = [
    ['an error message', [message(ERROR, number(-2))], 'sock_diag: the kernel answers ENOENT'],
    [
      'an error inside the done message',
      [sockets, message(DONE, number(-ENOBUFS))],
      'the kernel answers ENOBUFS',
    ],
    ['a lost message', [sockets, message(OVERRUN)], 'a loss that the kernel reports'],
    ['an error message without an error', [message(ERROR)], 'cannot be understood'],
    ['a full receive buffer', [sockets, new Error('recv: ENOBUFS')], 'recv: ENOBUFS'],
    ['a datagram larger than the buffer', [sockets, { cutAt: 40_000 }], 'of 40000 bytes was cut at 32768'],
    ['nothing where more was to come', [sockets], 'recv: EAGAIN'],
    ['an empty datagram', [sockets, new Uint8Array(0)], 'nothing, where a message was expected'],
    ['an interrupted dump', [withFlags(INTERRUPTED)], 'NLM_F_DUMP_INTR'],
  ];

  test.each(failures)('%s: asked again, on a socket of its own, and whole then', async (_, script) => {
    const open = scripted(script, script, [CAPTURED_DUMP]);
    const { table, complete, incompleteReason } = await sockDiag(open).read(never);
    expect([table.count, complete, incompleteReason, open.opened, open.closed]).toEqual([
      41,
      true,
      undefined,
      3,
      2,
    ]);
  });

  test.each(failures)(
    '%s each time: incomplete with what there is, or an error, and why',
    async (_, script, why) => {
      const open = scripted(script, script, script);
      const read = sockDiag(open).read(never);
      if (script[0] instanceof Uint8Array && script[0].length > 1000) {
        const { table, complete, incompleteReason } = await read;
        expect([table.count, complete]).toEqual([41, false]);
        expect(incompleteReason).toContain(why);
      } else await expect(read).rejects.toThrow(why);
      expect([open.opened, open.closed]).toEqual([3, 3]);
    },
  );

  test.each([
    ['of another request', { sequence: 99 }],
    ['to another socket', { portId: CAPTURED_PORT + 1 }],
  ])('replies %s are passed over', async (_, header) => {
    const stray = datagram(
      message(SOCKET, new Uint8Array(72), header),
      message(DONE, number(-ENOBUFS), header),
    );
    const { table, complete } = await sockDiag(scripted([stray, CAPTURED_DUMP])).read(never);
    expect([table.count, complete]).toEqual([41, true]);
  });

  test('a socket in a message too short for it, or in no known state, is a bad row, and the rest is read', async () => {
    const strange = new Uint8Array(72).fill(0xff);
    const bad = datagram(message(SOCKET, new Uint8Array(71)), message(SOCKET, strange), CAPTURED_DUMP);
    const { table, complete, badRows } = await sockDiag(scripted([bad])).read(never);
    expect([table.count, complete, badRows]).toEqual([41, true, 2]);
  });

  test('a socket that cannot be opened is an error that names the call', async () => {
    const source = sockDiag(() => {
      throw new Error('socket: EPROTONOSUPPORT');
    });
    await expect(source.read(never)).rejects.toThrow('sock_diag: socket: EPROTONOSUPPORT');
  });

  test('an abort ends a read at once', async () => {
    const open = scripted([CAPTURED_DUMP]);
    await expect(sockDiag(open).read(AbortSignal.abort())).rejects.toThrow('stopped before its end');
    expect(open.opened).toBe(1);
  });

  test('a listing in which most sockets make no sense is not taken for complete', async () => {
    const bad = message(SOCKET, new Uint8Array(72).fill(0xff));
    const dump = datagram(...Array<Uint8Array>(50).fill(bad), CAPTURED_DUMP);
    const { complete, incompleteReason } = await sockDiag(scripted([dump])).read(never);
    expect([complete, incompleteReason]).toEqual([false, 'sock_diag: most sockets make no sense']);
  });
});

describe('in a quiet network namespace', () => {
  let world: World | undefined;
  let source: Source;
  beforeAll(async () => {
    world = await openWorld();
    if (world) source = sockDiag(await netlinkIn(world.pid));
  });
  beforeEach(skipUnlessPossible);
  afterAll(async () => {
    source?.close?.();
    await world?.end();
  });

  test('the sockets are those of ss and of /proc, IPv4 and IPv6, one by one', async () => {
    const { procfs, run } = world!;
    const proc = procNetTcp(procfs);
    const ss = () => sorted(run('ss', '-tanHe').trimEnd().split('\n').map(parseSs));
    await vi.waitFor(async () => {
      const before = ss();
      const listed = withoutTimers((await proc.read(never)).table);
      const { table, complete, duplicates } = await source.read(never);
      expect(ss(), 'not quiet').toEqual(before);
      expect({ complete, duplicates }).toEqual({ complete: true, duplicates: 0 });
      const ours = rowsOf(table).map((_, row) => asSs(table, row));
      expect(
        sorted(ours.map((row) => (row.state === 'LISTEN' ? { ...row, sendQueueBytes: 0 } : row))),
      ).toEqual(before);
      expect(withoutTimers(table)).toEqual(listed);
      expect(before.length).toBeGreaterThan(20);
    });
  });

  test('the sockets that are not ESTABLISHED are asked for alone', async () => {
    const all = rowsOf((await source.read(never)).table);
    const some = rowsOf((await source.readUnestablished!(never)).table);
    const key = ({ state, local, remote }: ReturnType<typeof rowsOf>[number]) =>
      `${state} ${local} ${remote}`;
    expect(all.some(({ state }) => state === 'ESTABLISHED')).toBe(true);
    expect(some.map(key).sort()).toEqual(
      all
        .filter(({ state }) => state !== 'ESTABLISHED')
        .map(key)
        .sort(),
    );
  });

  test('a socket tells of itself, and one that is gone does not', async () => {
    await world!.tell('open 1');
    const { table } = await source.read(never);
    const row = rowsOf(table).findIndex(({ state }) => state === 'ESTABLISHED');
    expect(source.inspect!(table, row)).toMatchObject({
      congestionControl: expect.stringMatching(/^[a-z0-9_]+$/) as string,
      congestionWindowSegments: expect.any(Number) as number,
      memory: { receivedBytes: 0 },
    });
    const timeWait = rowsOf(table).findIndex(({ state }) => state === 'TIME_WAIT');
    expect(source.inspect!(table, timeWait)).toBeNull();
    table.cookie[row]!++;
    expect(source.inspect!(table, row)).toBeNull();
    await world!.tell('close');
  });

  test('thousands of sockets, many datagrams long, are all read', async () => {
    await world!.tell('open 2000');
    const { table, badRows } = await source.read(never);
    const established = rowsOf(table).filter(({ state, family }) => state === 'ESTABLISHED' && family === 4);
    expect([established.length >= 4000, badRows]).toEqual([true, 0]);
    await world!.tell('close');
  });
});

describe.each([
  ['the hash table that namespaces share', undefined],
  ['64 buckets', 64],
])('while connections come and go in %s', (_, buckets) => {
  let world: World | undefined;
  let source: Source;
  beforeAll(async () => {
    world = await openWorld(buckets === undefined ? {} : { buckets });
    if (world) source = sockDiag(await netlinkIn(world.pid));
  });
  beforeEach(skipUnlessPossible);
  afterAll(async () => {
    source?.close?.();
    await world?.end();
  });

  test('no socket is twice in a read, and stable ones keep their cookies', async () => {
    await world!.tell('open 500');
    const stable = new Set((await source.read(never)).table.cookie.subarray(0, 1000));
    await world!.tell('storm');
    const met = new Set<number>();
    let newcomers = 0;
    for (let i = 0; i < 30; i++) {
      const { table, complete } = await source.read(never);
      const cookies = table.cookie.subarray(0, table.count);
      expect([complete, new Set(cookies).size]).toEqual([true, table.count]);
      const missing = [...stable].filter((cookie) => !cookies.includes(cookie));
      // With few buckets the kernel itself skips sockets while others come and go; never so where buckets are short.
      if (buckets === undefined) expect(missing).toEqual([]);
      for (const cookie of cookies) {
        if (stable.has(cookie)) met.add(cookie);
        else newcomers++;
      }
    }
    expect(met).toEqual(stable);
    expect(newcomers).toBeGreaterThan(0);
  });
});

/** Without what moves by itself, and what only one of the sources knows. */
function withoutTimers(table: SocketTable): string[] {
  return sorted(
    rowsOf(table).map((row) => ({
      ...row,
      timerExpiresMs: 0,
      sendQueueBytes: row.state === 'LISTEN' ? 0 : row.sendQueueBytes,
    })),
  );
}

async function readOrError(source: Source) {
  try {
    return await source.read(never);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/^sock_diag: /);
    return undefined;
  }
}
