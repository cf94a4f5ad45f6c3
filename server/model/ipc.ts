import type { GroupKey, GroupsAnswer, SocketsAnswer, SortKey, Story } from './api.ts';
import type { ObserverConfig } from './config.ts';
import type { Filter } from './filter.ts';
import type { Observation } from './observation.ts';

/** What goes between the two processes, over the channel of child_process.fork (structured clone). */

export interface SocketsQuery {
  readonly kind: 'sockets';
  readonly filter: Filter;
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface GroupsQuery {
  readonly kind: 'groups';
  readonly filter: Filter;
  readonly by: readonly GroupKey[];
  readonly limit: number;
}

/** As SocketsQuery, of many more rows: see sheet.ts for what the answer's bytes are. */
export type SheetQuery = Omit<SocketsQuery, 'kind' | 'offset'> & { readonly kind: 'sheet' };

interface StoryQuery {
  readonly kind: 'story';
  /** As it stands in a row: base 36. */
  readonly id: string;
}

interface StoryAnswer {
  /** null: no socket had that id on the newest pass. */
  readonly story: Story | null;
}

export type Query = SocketsQuery | GroupsQuery | SheetQuery | StoryQuery;
export type Answer = SocketsAnswer | GroupsAnswer | Uint8Array | StoryAnswer;
export type AnswerTo<Q extends Query> = Q extends SocketsQuery
  ? SocketsAnswer
  : Q extends GroupsQuery
    ? GroupsAnswer
    : Q extends SheetQuery
      ? Uint8Array
      : StoryAnswer;

/** An answer that is not there by then is given up. Longer than any pass takes, shorter than a person waits. */
export const QUERY_TIMEOUT_SECONDS = 10;

export type ToObserver =
  | { readonly type: 'configure'; readonly config: ObserverConfig }
  | { readonly type: 'query'; readonly id: number; readonly query: Query };

export type FromObserver =
  | { readonly type: 'observation'; readonly observation: Observation }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  /** There is nothing to answer from. */
  | { readonly type: 'unavailable'; readonly id: number; readonly reason: string }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
