import type { SocketTable } from '../model/socket-table.ts';
import { noteBadRow, parseRows } from './proc-net-tcp-rows.ts';
import type { BadRows, RowFormat } from './proc-net-tcp-rows.ts';

const NEWLINE = 10;

const NEARLY_FULL = 7 / 8;

/** What the header line of both tables holds, and no row. */
const HEADER_WORD = 'local_address';

/**
 * Makes rows of what comes in pieces: fill `buffer` from `held` on, call `take`, and `end` after the last piece.
 * The first line is the header. A row longer than the buffer is a bad one; the next goes on.
 *
 * Rows are parsed when the buffer is nearly full: a processor just back from the kernel runs the parser a quarter slower,
 * so it had better not be after every read.
 */
export class RowStream {
  /** Bytes at the buffer's start that are not parsed yet. */
  held = 0;
  /** The first line was the kernel's: what begins otherwise is no table of sockets. */
  hasHeader = false;
  private isFirstLine = true;
  /** Inside a row that was longer than the buffer. */
  private skipping = false;
  private readonly buffer: Buffer;
  private readonly format: RowFormat;
  private readonly table: SocketTable;
  private readonly bad: BadRows;

  constructor(buffer: Buffer, format: RowFormat, table: SocketTable, bad: BadRows) {
    this.buffer = buffer;
    this.format = format;
    this.table = table;
    this.bad = bad;
  }

  /** Takes `length` more bytes, which stand in the buffer from `held` on. */
  take(length: number): void {
    this.held += length;
    if (this.held < this.buffer.length * NEARLY_FULL) return;
    const rowsEnd = this.buffer.lastIndexOf(NEWLINE, this.held - 1) + 1;
    if (rowsEnd > 0) this.parse(rowsEnd);
    else if (this.held === this.buffer.length) this.drop();
  }

  /** Takes what is held as the last rows; a file may lack the newline at its end. */
  end(): void {
    if (this.held === 0) return;
    if (this.buffer[this.held - 1] !== NEWLINE) this.buffer[this.held++] = NEWLINE;
    this.parse(this.held);
  }

  private parse(rowsEnd: number): void {
    let start = 0;
    if (this.skipping || this.isFirstLine) {
      start = this.buffer.indexOf(NEWLINE) + 1;
      if (!this.skipping) this.hasHeader = this.buffer.subarray(0, start).includes(HEADER_WORD);
      this.skipping = false;
      this.isFirstLine = false;
    }
    parseRows(this.buffer, start, rowsEnd, this.format, this.table, this.bad);
    this.buffer.copyWithin(0, rowsEnd, this.held);
    this.held -= rowsEnd;
  }

  private drop(): void {
    if (!this.isFirstLine && !this.skipping) noteBadRow(this.buffer, 0, this.held, this.bad);
    this.skipping = true;
    this.isFirstLine = false;
    this.held = 0;
  }
}
