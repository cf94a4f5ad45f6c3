import { closeSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { SocketTable } from '../model/socket-table.ts';
import type { Family, SocketRead } from '../model/socket-table.ts';
import type { Source } from '../model/units.ts';
import { DuplicateRemover } from './duplicates.ts';
import type { BadRows, RowFormat } from './proc-net-tcp-rows.ts';
import { RowStream } from './row-stream.ts';

/** About 16 reads of the kernel's; larger ones leave the processor's cache. */
const BUFFER_BYTES = 64 * 1024;
/**
 * A read of at least a page that gives less than a page and a row was the table's last. It is not read on until nothing
 * comes: the kernel would look again from the last row on, and while connections come faster than it looks through its
 * hash table, something always comes. Source: seq_read_iter() in fs/seq_file.c; a page is 4 KiB or more.
 */
const PAGE_BYTES = 4096;
const LONGEST_ROW_BYTES = 512;

/** About 15 ms of reading: so often an abort is seen and other work gets its turn. */
const READS_A_TURN = 256;
/** Bounds the memory to 330 MB a table, should a file never end. */
const MAX_ROWS = 4 * 1024 * 1024;

const LITTLE_ENDIAN = endianness() === 'LE';

/**
 * The sockets of this process's network namespace, from net/tcp and net/tcp6 under the mount point `procfs`
 * (under `/proc/PID`: of that process's namespace).
 *
 * One read at a time.
 */
export function procNetTcp(procfs: string): Source {
  const files: readonly { path: string; family: Family }[] = [
    { path: `${procfs}/net/tcp`, family: 4 },
    { path: `${procfs}/net/tcp6`, family: 6 },
  ];
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const duplicates = new DuplicateRemover();

  async function read(signal: AbortSignal, table = new SocketTable()): Promise<SocketRead> {
    table.count = 0;
    const bad: BadRows = { count: 0, samples: [] };
    let filesRead = 0;
    let incompleteReason: string | undefined;
    for (const { path, family } of files) {
      try {
        await readRows(path, { family, littleEndian: LITTLE_ENDIAN }, buffer, table, bad, signal);
        filesRead++;
      } catch (error) {
        // The kernel has no tcp6 where IPv6 is off.
        if (family === 6 && filesRead > 0 && isMissing(error)) continue;
        const reason = `${path}: ${error instanceof Error ? error.message : String(error)}`;
        if (filesRead === 0 && table.count === 0) throw new Error(reason, { cause: error });
        incompleteReason ??= reason;
      }
    }
    // One row may be odd; where most are, so is the table, and what it does not show may well be there.
    if (bad.count > table.count) incompleteReason ??= `${procfs}/net: most rows cannot be parsed`;
    return {
      table,
      complete: incompleteReason === undefined,
      ...(incompleteReason !== undefined && { incompleteReason }),
      duplicates: duplicates.remove(table),
      badRows: bad.count,
      badRowSamples: bad.samples,
    };
  }

  return { name: 'proc', read };
}

/** Appends the rows of one file; where it throws, the rows read until then are in the table. */
async function readRows(
  path: string,
  format: RowFormat,
  buffer: Buffer,
  table: SocketTable,
  bad: BadRows,
  signal: AbortSignal,
): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    const rows = new RowStream(buffer, format, table, bad);
    for (let reads = 1; ; reads++) {
      if (signal.aborted) throw new Error('reading was stopped before its end');
      const asked = buffer.length - rows.held;
      const length = readSync(descriptor, buffer, rows.held, asked, null);
      if (length === 0) break;
      rows.take(length);
      if (asked >= PAGE_BYTES && length < PAGE_BYTES - LONGEST_ROW_BYTES) break;
      if (table.count > MAX_ROWS) throw new Error(`more than ${MAX_ROWS} rows`);
      if (reads % READS_A_TURN === 0) await setImmediate();
    }
    rows.end();
    if (!rows.hasHeader) throw new Error("does not begin with the kernel's header line");
  } finally {
    closeSync(descriptor);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
