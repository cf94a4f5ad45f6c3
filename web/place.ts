import type { SortKey } from '../server/model/api.ts';
import type { Language } from '../server/model/alert.ts';
import { VIEW_PATHS, VIEWS, type View } from '../server/model/views.ts';

/** What the address bar says about the page, so that a link shows another person the same thing. */
export interface Place {
  readonly view: View;
  /** The one thing that a view shows or has selected: a fingerprint, a socket, an alert, a topic. */
  readonly id: string | null;
  readonly filter: string;
  /** A column, with `-` before it where the largest comes first; as the API takes it. */
  readonly sort: Sort;
  /** What sockets are grouped by; null: not at all. */
  readonly group: string | null;
  /** Columns of the table in their order; null: those it has by default. */
  readonly columns: readonly string[] | null;
  /** How far back charts go from now, in seconds; not used where `from` is set. */
  readonly rangeSeconds: Range;
  /** A range that stands still, in milliseconds since 1970; both are set, or none. */
  readonly from: number | null;
  readonly to: number | null;
  /** The moment that is shown, in milliseconds since 1970; null: now. */
  readonly at: number | null;
  /** null: as remembered, or as the browser prefers. */
  readonly language: Language | null;
}

export type Sort = SortKey | `-${SortKey}`;
export const RANGES = [300, 900, 3600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000] as const;
export type Range = (typeof RANGES)[number];

export const HOME: Place = {
  view: 'overview',
  id: null,
  filter: '',
  sort: '-age',
  group: null,
  columns: null,
  rangeSeconds: 900,
  from: null,
  to: null,
  at: null,
  language: null,
};

const SORT_PATTERN = /^-?(age|recvq|sendq|state|local|remote|process|pid)$/;
const WORD = /^[a-zA-Z]{1,20}$/;
const MAX_COLUMNS = 20;
/** What a Date can hold. */
const MAX_TIME_MS = 8.64e15;

/**
 * Anything that cannot be understood is left at its default. Links of older versions still open: there findings were
 * `/#finding-…`, and sockets `/?filter=…`.
 */
export function readPlace({ pathname, search, hash = '' }: Address): Place {
  const query = new URLSearchParams(search);
  const sort = query.get('sort') ?? '';
  const range = Number(query.get('range'));
  const lang = query.get('lang');
  const group = query.get('group') ?? '';
  const columns = (query.get('columns') ?? '').split(',').filter((word) => WORD.test(word));
  const [from, to] = [momentIn(query, 'from'), momentIn(query, 'to')];
  const isRange = from !== null && to !== null && from < to;
  const filter = query.get('filter') ?? HOME.filter;
  const found = viewAt(pathname, hash);
  return {
    ...(found.view === 'overview' && filter !== '' ? { view: 'sockets', id: null } : found),
    filter,
    sort: SORT_PATTERN.test(sort) ? (sort as Sort) : HOME.sort,
    group: WORD.test(group) ? group : null,
    columns: columns.length > 0 && columns.length <= MAX_COLUMNS ? columns : null,
    rangeSeconds: RANGES.find((seconds) => seconds === range) ?? HOME.rangeSeconds,
    from: isRange ? from : null,
    to: isRange ? to : null,
    at: momentIn(query, 'at'),
    language: lang === 'en' || lang === 'zh-CN' ? lang : null,
  };
}

interface Address {
  readonly pathname: string;
  readonly search: string;
  readonly hash?: string;
}

function viewAt(pathname: string, hash: string): Pick<Place, 'view' | 'id'> {
  const [, folder = '', rest = ''] = /^(\/[^/]*)(?:\/(.*))?$/s.exec(pathname) ?? [];
  const view = VIEWS.find((each) => VIEW_PATHS[each] === folder) ?? 'overview';
  const old = /^#finding-([0-9a-f]{16})$/.exec(hash)?.[1];
  if (view === 'overview') return old ? { view: 'finding', id: old } : { view, id: null };
  const id = decoded(rest) || null;
  // There is no page of no finding.
  return view === 'finding' && id === null ? { view: 'overview', id: null } : { view, id };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

function momentIn(query: URLSearchParams, name: string): number | null {
  const ms = Date.parse(query.get(name) ?? '');
  return Number.isFinite(ms) && Math.abs(ms) <= MAX_TIME_MS ? ms : null;
}

/** The address of a place from its path on; what is at its default is left out. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  const moment = (name: string, ms: number | null) => {
    if (ms !== null) query.set(name, new Date(ms).toISOString());
  };
  if (place.language) query.set('lang', place.language);
  if (place.filter) query.set('filter', place.filter);
  if (place.sort !== HOME.sort) query.set('sort', place.sort);
  if (place.group) query.set('group', place.group);
  if (place.columns) query.set('columns', place.columns.join(','));
  if (place.rangeSeconds !== HOME.rangeSeconds) query.set('range', String(place.rangeSeconds));
  moment('from', place.from);
  moment('to', place.to);
  moment('at', place.at);
  const text = query.toString();
  const id = place.id === null || place.view === 'overview' ? '' : `/${encodeURIComponent(place.id)}`;
  return VIEW_PATHS[place.view] + id + (text ? `?${text}` : '');
}

/**
 * The place after a change. Another view begins without what was selected in the one before, and without a filter, an order or
 * columns that it does not have; language and time go along.
 */
export function changed(place: Place, change: Partial<Place>): Place {
  const leaves = change.view !== undefined && change.view !== place.view;
  const { id, filter, sort, group, columns } = HOME;
  return { ...place, ...(leaves ? { id, filter, sort, group, columns } : {}), ...change };
}

/** The next order when a column's head is chosen: largest first where size is what matters, then the other way round. */
export function nextSort(present: Sort, key: SortKey): Sort {
  const largestFirst = key === 'age' || key === 'recvq' || key === 'sendq';
  const first: Sort = largestFirst ? `-${key}` : key;
  const second: Sort = largestFirst ? key : `-${key}`;
  return present === first ? second : first;
}
