import type { GroupKey, GroupsAnswer, SocketsAnswer, SortKey } from './api.ts';
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

export type Query = SocketsQuery | GroupsQuery;
export type AnswerTo<Q extends Query> = Q extends SocketsQuery ? SocketsAnswer : GroupsAnswer;

/** An answer that is not there by then is given up. Longer than any pass takes, shorter than a person waits. */
export const QUERY_TIMEOUT_SECONDS = 10;

export type ToObserver =
  | { readonly type: 'configure'; readonly config: ObserverConfig }
  | { readonly type: 'query'; readonly id: number; readonly query: Query };

export type FromObserver =
  | { readonly type: 'observation'; readonly observation: Observation }
  | { readonly type: 'answer'; readonly id: number; readonly answer: SocketsAnswer | GroupsAnswer }
  /** There is nothing to answer from. */
  | { readonly type: 'unavailable'; readonly id: number; readonly reason: string }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
