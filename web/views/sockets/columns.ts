import type { SortKey } from '../../../server/model/api.ts';

interface Column {
  /** What the server sorts by; null: it does not. */
  readonly sort: SortKey | null;
  /** In pixels at least, and the share of what is left. Contents do not make it: columns must not move when rows change. */
  readonly width: readonly [number, number];
  readonly number?: true;
}

/** The columns of the table, in the order in which they are offered. */
export const COLUMNS = {
  state: { sort: 'state', width: [132, 1.1] },
  local: { sort: 'local', width: [144, 2] },
  remote: { sort: 'remote', width: [144, 2] },
  process: { sort: 'process', width: [130, 1.6] },
  age: { sort: 'age', width: [96, 1], number: true },
  recvq: { sort: 'recvq', width: [72, 0.7], number: true },
  sendq: { sort: 'sendq', width: [72, 0.7], number: true },
  timer: { sort: null, width: [130, 1.3] },
  unit: { sort: null, width: [120, 1.3] },
  container: { sort: null, width: [120, 1.1] },
  netns: { sort: null, width: [96, 1] },
  uid: { sort: null, width: [64, 0.6], number: true },
  inode: { sort: null, width: [88, 0.8], number: true },
  family: { sort: null, width: [64, 0.6] },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

const DEFAULT_COLUMNS: readonly ColumnName[] = [
  'state',
  'local',
  'remote',
  'process',
  'age',
  'recvq',
  'sendq',
  'timer',
];

/** Those that the address names, as far as there are such; `several`: where network namespaces differ, theirs is one. */
export function columnsOf(chosen: readonly string[] | null, several: boolean): readonly ColumnName[] {
  const known = COLUMN_NAMES.filter((name) => chosen?.includes(name));
  if (known.length > 0) return known;
  return several ? [...DEFAULT_COLUMNS, 'netns'] : DEFAULT_COLUMNS;
}

/** As the address has them; null where they are the usual ones. */
export function chosenColumns(
  columns: readonly ColumnName[],
  several: boolean,
): readonly ColumnName[] | null {
  const usual = columnsOf(null, several);
  const same = columns.length === usual.length && usual.every((name) => columns.includes(name));
  return same || columns.length === 0 ? null : columns;
}

/** As grid-template-columns takes them. */
export function templateOf(columns: readonly ColumnName[]): string {
  return columns.map((name) => `minmax(${COLUMNS[name].width[0]}px, ${COLUMNS[name].width[1]}fr)`).join(' ');
}

/** What they take at least. */
export function widthOf(columns: readonly ColumnName[]): number {
  return columns.reduce((sum, name) => sum + COLUMNS[name].width[0], 0);
}
