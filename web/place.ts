import type { SortKey } from '../server/model/api.ts';
import type { Language } from '../server/model/alert.ts';

/** What the address bar says about the page, so that a link shows another person the same thing. */
export interface Place {
  readonly filter: string;
  /** A column, with `-` before it where the largest comes first; as the API takes it. */
  readonly sort: Sort;
  readonly rangeSeconds: Range;
  /** null: as remembered, or as the browser prefers. */
  readonly language: Language | null;
}

export type Sort = SortKey | `-${SortKey}`;
export const RANGES = [300, 900, 3600] as const;
type Range = (typeof RANGES)[number];

export const HOME: Place = { filter: '', sort: '-age', rangeSeconds: 900, language: null };

const SORT_PATTERN = /^-?(age|recvq|sendq|state|local|remote|process|pid)$/;

/** Anything that cannot be understood is left at its default: a link of an older version still opens. */
export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const sort = query.get('sort') ?? '';
  const range = Number(query.get('range'));
  const lang = query.get('lang');
  return {
    filter: query.get('filter') ?? HOME.filter,
    sort: SORT_PATTERN.test(sort) ? (sort as Sort) : HOME.sort,
    rangeSeconds: RANGES.find((seconds) => seconds === range) ?? HOME.rangeSeconds,
    language: lang === 'en' || lang === 'zh-CN' ? lang : null,
  };
}

/** The query with its `?`, or nothing where all is at its default. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.language) query.set('lang', place.language);
  if (place.filter) query.set('filter', place.filter);
  if (place.sort !== HOME.sort) query.set('sort', place.sort);
  if (place.rangeSeconds !== HOME.rangeSeconds) query.set('range', String(place.rangeSeconds));
  const text = query.toString();
  return text ? `?${text}` : '';
}

/** The next order when a column's head is chosen: largest first where size is what matters, then the other way round. */
export function nextSort(present: Sort, key: SortKey): Sort {
  const largestFirst = key === 'age' || key === 'recvq' || key === 'sendq';
  const first: Sort = largestFirst ? `-${key}` : key;
  const second: Sort = largestFirst ? key : `-${key}`;
  return present === first ? second : first;
}
