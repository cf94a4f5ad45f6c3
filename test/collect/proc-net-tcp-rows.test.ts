import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATES } from '../../server/model/state.ts';
import { asSs, parsed, parseSs, rowOf, rowsOf } from './given.ts';

const fixture = (path: string) =>
  readFileSync(new URL(`../fixtures/proc/${path}`, import.meta.url), 'latin1');
/** The rows of a captured listing, without its header. */
const rows = (path: string) => fixture(path).split('\n').slice(1, -1);

const TCP = rows('states/net/tcp');
const TCP6 = rows('states/net/tcp6');

describe('a listing captured from a real kernel', () => {
  const tcp = parsed(TCP.join('\n'));
  const tcp6 = parsed(TCP6.join('\n'), 6);

  test('gives what ss said at the same moment, row by row', () => {
    const ours = [tcp, tcp6].flatMap(({ table }) => rowsOf(table).map((_, row) => asSs(table, row)));
    const theirs = fixture('states/ss.txt').trimEnd().split('\n').map(parseSs);
    expect(ours).toEqual(theirs);
    expect(tcp.bad.count + tcp6.bad.count).toBe(0);
  });

  test.each([
    ['IPv4', tcp],
    ['IPv6', tcp6],
  ])('holds every state in %s but CLOSE, which the kernel does not list', (_, { table }) => {
    const seen = new Set(rowsOf(table).map(({ state }) => state));
    expect([...seen].sort()).toEqual(STATES.filter((state) => state !== 'CLOSE').sort());
  });

  test('holds rows of 12 and of 17 columns', () => {
    const columns = new Set([...TCP, ...TCP6].map((row) => row.trim().split(/\s+/).length));
    expect([...columns].sort()).toEqual([12, 17]);
  });

  test('shows an IPv4-mapped connection as IPv4 and keeps its family', () => {
    const mapped = rowsOf(tcp6.table).filter(({ local }) => local === '127.0.0.1:8000');
    expect(mapped).toMatchObject([{ family: 6, state: 'ESTABLISHED', local: '127.0.0.1:8000' }]);
  });

  test('gives the rows before and after index 9999, where they grow by a character', () => {
    const text = rows('index/net/tcp');
    const { table, bad } = parsed(text.join('\n'));
    expect(bad.count).toBe(0);
    expect(table.count).toBe(20);
    expect(text.filter((row) => row.startsWith('10000:'))).toHaveLength(1);
    expect(new Set(rowsOf(table).map(({ local }) => local))).toEqual(new Set(['127.0.0.1:8000']));
  });
});

/** A row in which every field that is read has a value of its own. */
const FULL =
  '   7: 0101A8C0:01BB 0201A8C0:D431 01 0000000A:0000000B 01:00000064 00000003  1000        5 123456 2 00000000a5ba5f95 20 4 30 10 -1';
const SHORT =
  '  13: 0100007F:1F4A 0100007F:DB1C 06 00000000:00000000 03:0000167D 00000000     0        0 0 3 000000001f6ffc49';

describe('a row', () => {
  test('of 17 columns gives every field', () => {
    expect(rowsOf(parsed(FULL).table)).toEqual([
      {
        family: 4,
        state: 'ESTABLISHED',
        local: '192.168.1.1:443',
        remote: '192.168.1.2:54321',
        sendQueueBytes: 10,
        recvQueueBytes: 11,
        timer: 'retransmit',
        timerExpiresMs: 1000,
        retransmits: 3,
        uid: 1000,
        probes: 5,
        inode: 123456,
      },
    ]);
  });

  test('of 12 columns gives the time that is left of TIME_WAIT', () => {
    expect(rowOf(parsed(SHORT).table, 0)).toMatchObject({
      state: 'TIME_WAIT',
      timer: 'time_wait',
      timerExpiresMs: 57_570,
      inode: 0,
    });
  });

  test('of a big-endian host gives the same addresses, IPv4 and IPv6', () => {
    const big = FULL.replace('0101A8C0', 'C0A80101').replace('0201A8C0', 'C0A80102');
    expect(rowsOf(parsed(big, 4, false).table)).toEqual(rowsOf(parsed(FULL).table));
    const words = (local: string) => FULL.replace('0101A8C0', local).replace('0201A8C0', '0'.repeat(32));
    const six = parsed(words('20010DB8000000000000000000000001'), 6, false);
    expect(rowOf(six.table, 0).local).toBe('[2001:db8::1]:443');
    expect(rowsOf(six.table)).toEqual(rowsOf(parsed(words('B80D0120000000000000000001000000'), 6).table));
  });

  test('of the request-socket state 0C is SYN_RECV', () => {
    expect(rowOf(parsed(FULL.replace(' 01 0', ' 0C 0')).table, 0).state).toBe('SYN_RECV');
  });

  test('takes columns that later kernels may add', () => {
    expect(parsed(`${FULL} 1 2 3`).bad.count).toBe(0);
  });

  test('takes the largest values of every column', () => {
    const largest = FULL.replace('0000000A:0000000B', 'FFFFFFFF:FFFFFFFE')
      .replace('01:00000064', '04:FFFFFFFF')
      .replace(' 1000 ', ' 4294967295 ')
      .replace(' 123456 ', ' 4294967295 ');
    expect(rowOf(parsed(largest).table, 0)).toMatchObject({
      sendQueueBytes: 0xffff_ffff,
      recvQueueBytes: 0xffff_fffe,
      timer: 'probe',
      // Ten times the ticks do not fit the column; 49 days is as good as for ever.
      timerExpiresMs: 0xffff_ffff,
      uid: 0xffff_ffff,
      inode: 0xffff_ffff,
    });
  });
});

describe('one malformed field', () => {
  test.each([
    ['index', '   7:', '   x:'],
    ['index, with its colon missing', '   7: ', '   7 '],
    ['index, of no digits', '   7:', '    :'],
    ['local address, too short', '0101A8C0', '0101A8C'],
    ['local address, too long', '0101A8C0', '0101A8C00'],
    ['local address, no hexadecimal', '0101A8C0', '0101A8G0'],
    ['local port', ':01BB', ':01B?'],
    ['local port, missing', ':01BB', ''],
    ['local port, too long', ':01BB', ':01BBB'],
    ['remote address', '0201A8C0', '0201-8C0'],
    ['remote port', ':D431', ':D43'],
    ['state, unknown', ' 01 0', ' 0E 0'],
    ['state, none', ' 01 0', ' 00 0'],
    ['state, no number', ' 01 0', ' zz 0'],
    ['state, too long', ' 01 0', ' 001 0'],
    ['tx_queue', '0000000A:', '0000000_:'],
    ['colon of the queues', '0000000A:', '0000000A '],
    ['rx_queue', ':0000000B', ':0000000'],
    ['timer, unknown', '01:00000064', '05:00000064'],
    ['timer, no number', '01:00000064', '0x:00000064'],
    ['tm->when', '01:00000064', '01:0000006-'],
    ['retrnsmt', ' 00000003 ', ' 0000003 '],
    ['uid', ' 1000 ', ' -1 '],
    ['uid, above 32 bits', ' 1000 ', ' 4294967296 '],
    ['timeout', ' 5 ', ' five '],
    ['inode', ' 123456 ', ' 12a456 '],
    ['inode, above 32 bits', ' 123456 ', ' 4294967296 '],
    ['inode, of a thousand digits', ' 123456 ', ` ${'9'.repeat(1000)} `],
  ])('%s: that row is bad, and kept as text; its neighbours are whole', (_, good, broken) => {
    const row = FULL.replace(good, broken);
    expect(row).not.toBe(FULL);
    const { table, bad } = parsed([SHORT, row, FULL].join('\n'));
    expect(bad.count).toBe(1);
    expect(bad.samples[0]?.slice(0, 200)).toBe(row.slice(0, 200));
    expect(rowsOf(table)).toEqual(rowsOf(parsed([SHORT, FULL].join('\n')).table));
  });

  test.each([0, 1, 2, 9, 10, 11, 13, 14, 15, 16])('a row of %i columns is bad', (count) => {
    const row = FULL.trim().split(/\s+/).slice(0, count).join(' ');
    const { table, bad } = parsed([FULL, row, SHORT].join('\n'));
    expect([table.count, bad.count]).toEqual([2, 1]);
  });

  test('keeps the text of the first five bad rows, short and printable', () => {
    const { bad } = parsed(
      Array<string>(1000)
        .fill(`\u001b[31m ${'x'.repeat(5000)}`)
        .join('\n'),
    );
    expect(bad.count).toBe(1000);
    expect(bad.samples).toHaveLength(5);
    for (const sample of bad.samples) {
      expect(sample.length).toBeLessThanOrEqual(256);
      expect(sample.startsWith('\ufffd[31m xxx')).toBe(true);
    }
  });
});

describe('whatever the bytes', () => {
  const newlines = (bytes: Uint8Array) => bytes.filter((byte) => byte === 10).length;

  test('nothing is thrown, and every line is a row or a bad row', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom<4 | 6>(4, 6), (bytes, family) => {
        const { table, bad } = parsed(bytes, family);
        expect(table.count + bad.count).toBe(newlines(bytes) + 1);
      }),
    );
  });

  test('changes of a few bytes cost the rows they are in, and no other', () => {
    const text = Buffer.from(TCP.join('\n'));
    const whole = rowsOf(parsed(text).table);
    const edit = fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 11, max: 255 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = Buffer.from(text);
        const touched = new Set<number>();
        for (const [at, byte] of edits) {
          if (changed[at] === 10) continue;
          changed[at] = byte;
          touched.add(newlines(text.subarray(0, at)));
        }
        const { table, bad } = parsed(changed);
        expect(table.count + bad.count).toBe(TCP.length);
        const untouched = whole.filter((_, row) => !touched.has(row));
        expect(rowsOf(table)).toEqual(expect.arrayContaining(untouched));
      }),
    );
  });

  test('every row that can be written is read as it was meant', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
    const u16 = fc.integer({ min: 0, max: 0xffff });
    const spaces = fc.integer({ min: 1, max: 12 }).map((count) => ' '.repeat(count));
    const hex = (value: number, width: number) => value.toString(16).toUpperCase().padStart(width, '0');
    fc.assert(
      fc.property(
        fc.tuple(u32, u16, u32, u16, fc.integer({ min: 1, max: 11 }), u32, u32, fc.nat(4), u32, u32),
        fc.tuple(u32, u32, u32),
        spaces,
        (fields, [uid, probes, inode], gap) => {
          const [local, localPort, remote, remotePort, state, send, receive, timer, ticks, retransmits] =
            fields;
          const row = [
            `${inode}:`,
            `${hex(local, 8)}:${hex(localPort, 4)}`,
            `${hex(remote, 8)}:${hex(remotePort, 4)}`,
            hex(state, 2),
            `${hex(send, 8)}:${hex(receive, 8)}`,
            `${hex(timer, 2)}:${hex(ticks, 8)}`,
            hex(retransmits, 8),
            ...[uid, probes, inode].map(String),
            '1 0',
          ].join(gap);
          const { table, bad } = parsed(row, 4, false);
          expect(bad.samples).toEqual([]);
          expect(table.localAddress[3]).toBe(local);
          expect(table.remoteAddress[3]).toBe(remote);
          expect(table.localPort[0]).toBe(localPort);
          expect(table.remotePort[0]).toBe(remotePort);
          expect(table.state[0]).toBe(state);
          expect(table.sendQueueBytes[0]).toBe(send);
          expect(table.recvQueueBytes[0]).toBe(receive);
          expect(table.timer[0]).toBe(timer);
          expect(table.timerExpiresMs[0]).toBe(Math.min(ticks * 10, 0xffff_ffff));
          // The kernel keeps these two in eight bits, and so does the table.
          expect(table.retransmits[0]).toBe(Math.min(retransmits, 255));
          expect([table.uid[0], table.probes[0], table.inode[0]]).toEqual([
            uid,
            Math.min(probes, 255),
            inode,
          ]);
        },
      ),
    );
  });
});
