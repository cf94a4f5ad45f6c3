import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSheet, encodeSheet, sheetColumns, sheetRow, type Sheet } from '../../server/model/sheet.ts';

/** Columns of any numbers that they hold. */
const sheets = fc
  .record({
    rows: fc.nat(20),
    total: fc.nat(),
    sequence: fc.nat(),
    seed: fc.nat(0xffff),
    addresses: fc.nat(9),
    namespaces: fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
    processes: fc.array(
      fc.record({
        pid: fc.nat(),
        name: fc.string({ unit: 'binary' }),
        unit: fc.option(fc.string()),
        container: fc.option(fc.string()),
        pod: fc.constant(null),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ rows, addresses, seed, ...header }): Sheet => {
    const columns = sheetColumns(rows);
    for (const column of Object.values(columns)) for (let i = 0; i < rows; i++) column[i] = seed * (i + 1);
    const words = Uint32Array.from({ length: addresses * 4 }, (_, i) => seed * i);
    return { at: '2026-01-02T03:04:05.000Z', ...header, rows, addresses: words, ...columns };
  });

const bytesOf = (sheet: Sheet) => encodeSheet(sheet).buffer as ArrayBuffer;

describe('a sheet', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(sheets, (sheet) => {
        expect(decodeSheet(bytesOf(sheet))).toEqual(sheet);
      }),
    );
  });

  test('that was cut, lengthened or damaged in its header is refused, whatever is left of it', () => {
    fc.assert(
      fc.property(sheets, fc.nat(), fc.constantFrom('cut', 'longer', 'magic', 'length'), (sheet, n, how) => {
        const bytes = new Uint8Array(bytesOf(sheet));
        const damaged = {
          cut: () => bytes.slice(0, n % bytes.length),
          longer: () => Uint8Array.from([...bytes, ...new Uint8Array(1 + (n % 9))]),
          magic: () => bytes.map((byte, i) => (i === n % 4 ? byte ^ 0xff : byte)),
          length: () => bytes.map((byte, i) => (i === 4 + (n % 4) ? byte ^ 0xff : byte)),
        }[how]();
        expect(() => decodeSheet(damaged.buffer)).toThrow();
      }),
    );
  });

  test('tells a row as GET sockets does', () => {
    const columns = sheetColumns(1);
    const sheet: Sheet = {
      ...columns,
      at: '2026-01-02T03:04:05.000Z',
      sequence: 7,
      total: 12,
      rows: 1,
      namespaces: ['host'],
      processes: [{ pid: 42, name: 'app', unit: 'app.service', container: null, pod: null }],
      addresses: Uint32Array.from([0, 0, 0xffff, 0x0a000001, 0x20010db8, 0, 0, 1]),
      id: Float64Array.of(1295),
      local: Uint32Array.of(1),
      remote: Uint32Array.of(0),
      localPort: Uint16Array.of(5432),
      remotePort: Uint16Array.of(40_000),
      state: Uint8Array.of(8),
      family: Uint8Array.of(6),
      ageSeconds: Float32Array.of(61.5),
      timer: Uint8Array.of(1),
      timerExpiresMs: Uint32Array.of(200),
      retransmits: Uint8Array.of(3),
      holders: Uint16Array.of(2),
    };
    expect(sheetRow(sheet, 0)).toEqual({
      id: 'zz',
      netns: 'host',
      family: 'ipv6',
      state: 'CLOSE_WAIT',
      local: { address: '2001:db8::1', port: 5432 },
      remote: { address: '10.0.0.1', port: 40_000 },
      recvQueueBytes: 0,
      sendQueueBytes: 0,
      uid: 0,
      inode: 0,
      process: { pid: 42, name: 'app', unit: 'app.service', container: null, pod: null },
      processesTotal: 2,
      processUnknown: 'none',
      ageSeconds: 61.5,
      ageExact: false,
      timer: { kind: 'retransmit', expiresSeconds: 0.2, retransmits: 3, probes: 0 },
    });
  });
});
