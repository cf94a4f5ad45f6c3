import { formatAddress } from './address.ts';
import type { Family } from './api.ts';
import { OWNER_GAPS, type OwnerGap, type Process } from './snapshot.ts';
import { TIMER_KINDS, type TimerKind } from './socket-table.ts';
import { stateOfKernel, type State } from './state.ts';

/**
 * Sockets as columns of bytes: 100,000 rows are 6 MB and one copy to write, and nothing but views to read; as JSON they are
 * 40 MB and a second of the reader's time. The bytes are
 *
 *     u32 MAGIC · u32 length of the header · header, JSON in UTF-8, filled up with spaces to a multiple of 8
 *     f64 × rows: id · u32 × 4 × addresses: their words · the other COLUMNS, in their order, one after the other
 *
 * in the byte order of the host that serves, which MAGIC tells: all that Node runs on today is little-endian, as browsers are.
 */
export const MAX_SHEET_ROWS = 200_000;

const MAGIC = 0x53_46_43_48;
const PREFIX_BYTES = 8;
const ALIGNMENT = 8;
const ADDRESS_WORDS = 4;

export type SheetProcess = Pick<Process, 'pid' | 'name' | 'unit' | 'container' | 'pod'>;

interface SheetHeader {
  /** When the sockets were read: ISO 8601. */
  readonly at: string;
  /** Of the observer's pass. */
  readonly sequence: number;
  /** Sockets that match, of which the first `rows` are here. */
  readonly total: number;
  readonly rows: number;
  /** Names of network namespaces, by the index in `netns`. */
  readonly namespaces: readonly string[];
  /** By the index in `owner`. */
  readonly processes: readonly SheetProcess[];
}

/** Largest elements first, so that each column begins where its elements may. */
const COLUMNS = {
  ageSeconds: Float32Array,
  /** Index into `addresses`; so `remote`. */
  local: Uint32Array,
  remote: Uint32Array,
  recvQueueBytes: Uint32Array,
  sendQueueBytes: Uint32Array,
  uid: Uint32Array,
  inode: Uint32Array,
  timerExpiresMs: Uint32Array,
  /** Index into `processes`, or -1; see `ownerGap`. */
  owner: Int32Array,
  localPort: Uint16Array,
  remotePort: Uint16Array,
  netns: Uint16Array,
  /** How many hold it; 65,535 stands for more too. */
  holders: Uint16Array,
  state: Uint8Array,
  family: Uint8Array,
  /** 0: a lower bound, counted from first sight. */
  ageExact: Uint8Array,
  /** Index into OWNER_GAPS. */
  ownerGap: Uint8Array,
  /** Index into TIMER_KINDS. */
  timer: Uint8Array,
  retransmits: Uint8Array,
  probes: Uint8Array,
} as const;

type ColumnName = keyof typeof COLUMNS;
type Columns = { readonly [K in ColumnName]: InstanceType<(typeof COLUMNS)[K]> };
const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

/** Columns by row, in the order that was asked for. */
export interface Sheet extends SheetHeader, Columns {
  /** As GET sockets has it, in base 36. */
  readonly id: Float64Array;
  /** Four words each; see address.ts. */
  readonly addresses: Uint32Array;
}

/** Empty columns of so many rows. */
export function sheetColumns(rows: number): Columns & { readonly id: Float64Array } {
  const columns = COLUMN_NAMES.map((name) => [name, new COLUMNS[name](rows)] as const);
  return { id: new Float64Array(rows), ...(Object.fromEntries(columns) as unknown as Columns) };
}

export function encodeSheet(sheet: Sheet): Uint8Array {
  const { at, sequence, total, rows, namespaces, processes, id, addresses } = sheet;
  const header = {
    at,
    sequence,
    total,
    rows,
    namespaces,
    processes,
    addresses: addresses.length / ADDRESS_WORDS,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const columnsAt = alignedAt(PREFIX_BYTES + text.length);
  const parts = [id, addresses, ...COLUMN_NAMES.map((name) => sheet[name])];
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, columnsAt));
  new Uint32Array(bytes.buffer, 0, 2).set([MAGIC, columnsAt - PREFIX_BYTES]);
  bytes.fill(0x20, PREFIX_BYTES, columnsAt).set(text, PREFIX_BYTES);
  let offset = columnsAt;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** Views of the bytes: nothing is copied. Throws where they are no sheet, or one of another byte order. */
export function decodeSheet(bytes: ArrayBuffer): Sheet {
  const [magic, headerBytes = 0] = bytes.byteLength < PREFIX_BYTES ? [] : new Uint32Array(bytes, 0, 2);
  if (magic !== MAGIC)
    throw new Error('these bytes are no sheet of sockets in the byte order of this machine');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(
    new Uint8Array(bytes, PREFIX_BYTES, headerBytes),
  );
  const { addresses, ...header } = JSON.parse(text) as SheetHeader & { addresses: number };
  let offset = PREFIX_BYTES + headerBytes;
  function next<T extends { readonly byteLength: number }>(
    Column: new (buffer: ArrayBuffer, offset: number, length: number) => T,
    length: number,
  ): T {
    const column = new Column(bytes, offset, length);
    offset += column.byteLength;
    return column;
  }
  const id = next(Float64Array, header.rows);
  const words = next(Uint32Array, addresses * ADDRESS_WORDS);
  const columns = COLUMN_NAMES.map((name) => {
    const Column: new (buffer: ArrayBuffer, offset: number, length: number) => Columns[ColumnName] =
      COLUMNS[name];
    return [name, next(Column, header.rows)] as const;
  });
  if (offset !== bytes.byteLength) throw new Error(`a sheet of ${offset} bytes has ${bytes.byteLength}`);
  return { ...header, id, addresses: words, ...(Object.fromEntries(columns) as unknown as Columns) };
}

function alignedAt(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

/** One row, as GET sockets has it, with what a sheet leaves out left out. */
export interface SheetRow {
  readonly id: string;
  readonly netns: string;
  readonly family: Family;
  readonly state: State;
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
  readonly recvQueueBytes: number;
  readonly sendQueueBytes: number;
  readonly uid: number;
  readonly inode: number;
  readonly process: SheetProcess | null;
  readonly processesTotal: number;
  readonly processUnknown: OwnerGap;
  readonly ageSeconds: number;
  readonly ageExact: boolean;
  readonly timer: {
    readonly kind: TimerKind;
    readonly expiresSeconds: number;
    readonly retransmits: number;
    readonly probes: number;
  } | null;
}

export function sheetRow(sheet: Sheet, row: number): SheetRow {
  const { addresses } = sheet;
  const kind = TIMER_KINDS[sheet.timer[row]!];
  return {
    id: sheet.id[row]!.toString(36),
    netns: sheet.namespaces[sheet.netns[row]!] ?? '',
    family: sheet.family[row] === 6 ? 'ipv6' : 'ipv4',
    state: stateOfKernel(sheet.state[row]!) ?? 'CLOSE',
    local: {
      address: formatAddress(addresses, sheet.local[row]! * ADDRESS_WORDS),
      port: sheet.localPort[row]!,
    },
    remote: {
      address: formatAddress(addresses, sheet.remote[row]! * ADDRESS_WORDS),
      port: sheet.remotePort[row]!,
    },
    recvQueueBytes: sheet.recvQueueBytes[row]!,
    sendQueueBytes: sheet.sendQueueBytes[row]!,
    uid: sheet.uid[row]!,
    inode: sheet.inode[row]!,
    process: sheet.processes[sheet.owner[row]!] ?? null,
    processesTotal: sheet.holders[row]!,
    processUnknown: OWNER_GAPS[sheet.ownerGap[row]!] ?? 'not_found',
    ageSeconds: sheet.ageSeconds[row]!,
    ageExact: sheet.ageExact[row] === 1,
    timer:
      kind === undefined || kind === 'none'
        ? null
        : {
            kind,
            expiresSeconds: sheet.timerExpiresMs[row]! / 1000,
            retransmits: sheet.retransmits[row]!,
            probes: sheet.probes[row]!,
          },
  };
}
