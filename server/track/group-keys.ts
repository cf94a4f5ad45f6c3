import { formatAddress } from '../model/address.ts';
import type { GroupKey } from '../model/api.ts';
import type { Process, View } from '../model/snapshot.ts';
import { ranksOf } from './names.ts';

/** One key to group by: `width` words of a row, and their text. */
export interface KeyColumn {
  readonly name: GroupKey;
  readonly width: number;
  write(row: number, key: Uint32Array, at: number): void;
  text(row: number): string;
}

export function groupKey(name: GroupKey, view: View): KeyColumn {
  const { table, owner } = view.sockets;
  switch (name) {
    case 'process':
      return ofProcess(name, view, (process) => process.name);
    case 'unit':
      return ofProcess(name, view, (process) => process.unit);
    case 'container':
      return ofProcess(name, view, (process) => process.container);
    case 'netns':
      return oneWord(
        name,
        () => 0,
        () => view.namespace,
      );
    case 'pid':
      return oneWord(
        name,
        (row) => view.processes[owner[row]!]?.pid ?? 0,
        (pid) => (pid === 0 ? 'unknown' : String(pid)),
      );
    case 'remote':
      return address(name, table.remoteAddress);
    case 'remotePort':
      return oneWord(name, (row) => table.remotePort[row]!, String);
    case 'local':
      return address(name, table.localAddress);
    case 'localPort':
      return oneWord(name, (row) => table.localPort[row]!, String);
    case 'uid':
      return oneWord(name, (row) => table.uid[row]!, String);
  }
}

const UNKNOWN = 0xffff_ffff;

/** By the first process that holds a socket. `unknown` is a socket without one, `none` a process without such a text. */
function ofProcess(name: GroupKey, view: View, textOf: (process: Process) => string | null): KeyColumn {
  const { owner } = view.sockets;
  const { ranks, texts } = ranksOf(view, textOf);
  return oneWord(
    name,
    (row) => ranks[owner[row]!] ?? UNKNOWN,
    (rank) => (rank === UNKNOWN ? 'unknown' : (texts[rank - 1] ?? 'none')),
  );
}

function oneWord(name: GroupKey, word: (row: number) => number, text: (word: number) => string): KeyColumn {
  return {
    name,
    width: 1,
    write(row, key, at) {
      key[at] = word(row);
    },
    text: (row) => text(word(row)),
  };
}

function address(name: GroupKey, addresses: Uint32Array): KeyColumn {
  return {
    name,
    width: 4,
    write(row, key, at) {
      for (let i = 0; i < 4; i++) key[at + i] = addresses[row * 4 + i]!;
    },
    text: (row) => formatAddress(addresses, row * 4),
  };
}
