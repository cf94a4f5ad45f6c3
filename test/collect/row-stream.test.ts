import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowStream } from '../../server/collect/row-stream.ts';
import type { BadRows } from '../../server/collect/proc-net-tcp-rows.ts';
import { SocketTable } from '../../server/model/socket-table.ts';
import { parsed, rowsOf } from './given.ts';

const LISTING = readFileSync(new URL('../fixtures/proc/states/net/tcp', import.meta.url));
const ROWS = rowsOf(parsed(LISTING.subarray(LISTING.indexOf('\n') + 1, -1)).table);

/** Streams the pieces through a buffer of that size. */
function streamed(pieces: readonly Uint8Array[], bufferBytes: number) {
  const buffer = Buffer.alloc(bufferBytes);
  const table = new SocketTable();
  const bad: BadRows = { count: 0, samples: [] };
  const stream = new RowStream(buffer, { family: 4, littleEndian: true }, table, bad);
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const length = Math.min(piece.length - at, buffer.length - stream.held);
      buffer.set(piece.subarray(at, at + length), stream.held);
      stream.take(length);
      at += length;
    }
  }
  stream.end();
  return { rows: rowsOf(table), bad, hasHeader: stream.hasHeader };
}

test('a listing cut in two at any byte gives the same rows', () => {
  // A buffer of a few rows, so that rows are parsed and moved along on the way.
  for (let at = 0; at <= LISTING.length; at++) {
    const { rows, bad } = streamed([LISTING.subarray(0, at), LISTING.subarray(at)], 400);
    expect(rows, `cut at ${at}`).toEqual(ROWS);
    expect(bad.count).toBe(0);
  }
});

test('a listing in any pieces, through a buffer of any size that holds a row, gives the same rows', () => {
  const cuts = fc.array(fc.nat(LISTING.length), { maxLength: 40 }).map((at) => at.sort((a, b) => a - b));
  fc.assert(
    fc.property(cuts, fc.integer({ min: 180, max: 5000 }), (at, bufferBytes) => {
      const pieces = [...at, LISTING.length].map((end, i) => LISTING.subarray(at[i - 1] ?? 0, end));
      expect(streamed(pieces, bufferBytes).rows).toEqual(ROWS);
    }),
  );
});

test('a last row without its newline counts', () => {
  expect(streamed([LISTING.subarray(0, -1)], 4096).rows).toEqual(ROWS);
});

test('a row longer than the buffer is one bad row, and those around it are whole', () => {
  const lines = LISTING.toString('latin1').split('\n');
  lines.splice(3, 0, 'x'.repeat(5000));
  const { rows, bad } = streamed([Buffer.from(lines.join('\n'))], 1000);
  expect(rows).toEqual(ROWS);
  expect(bad.count).toBe(1);
  expect(bad.samples[0]).toMatch(/^x+…$/);
});

test('a header longer than the buffer is no row, good or bad', () => {
  const { rows, bad } = streamed(
    [Buffer.from('h'.repeat(5000)), LISTING.subarray(LISTING.indexOf('\n'))],
    1000,
  );
  expect(rows).toEqual(ROWS);
  expect(bad.count).toBe(0);
});

test('the header is the kernel’s or none', () => {
  expect(streamed([LISTING], 4096).hasHeader).toBe(true);
  expect(streamed([LISTING.subarray(LISTING.indexOf('\n') + 1)], 4096).hasHeader).toBe(false);
});

test('nothing has no header', () => {
  expect(streamed([], 1000)).toEqual({ rows: [], bad: { count: 0, samples: [] }, hasHeader: false });
});

test('any bytes in any pieces throw nothing and come to an end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 })),
      fc.integer({ min: 1, max: 200 }),
      (pieces, size) => {
        streamed(pieces, size);
      },
    ),
  );
});
