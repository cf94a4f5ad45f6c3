import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  GROUP_KEYS,
  GroupsAnswerSchema,
  MAX_GROUPS,
  MAX_ROWS,
  SORT_KEYS,
  SocketsAnswerSchema,
  type GroupKey,
  type SortKey,
} from '../model/api.ts';
import { parseFilter } from '../model/filter-parser.ts';
import type { AnswerTo, Query } from '../model/ipc.ts';
import { errorResponses, RequestError } from './errors.ts';
import type { ApiParts } from './parts.ts';

const DEFAULT_LIMIT = 100;
const SORTS = SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);

const FilterText = Type.String({
  default: '',
  description:
    "The filter language of ss(8), with more fields: 'state close-wait and dst 10.0.0.0/8 and age > 60s'. Also sport, dport, " +
    'src, pid, uid, inode, process, unit, container, netns, recvq, sendq; and, or, not, parentheses. Empty: every socket. At most 2000 characters and 64 conditions.',
});
const limitUpTo = (maximum: number) =>
  Type.Integer({
    minimum: 1,
    maximum,
    default: Math.min(DEFAULT_LIMIT, maximum),
    description: 'Most rows to answer',
  });

/** Routes that the observer answers from the sockets of its newest pass. */
export const queryRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (fastify, { query, status }) => {
  /** Old rows would be mistaken for sockets that are there: nothing is answered while the observer is down. */
  async function ask<Q extends Query>(question: Q): Promise<AnswerTo<Q>> {
    const before = status();
    if (before.state !== 'up') throw observerDown(before.reason ?? 'the first pass is not finished');
    try {
      return await query(question);
    } catch (error) {
      const { state, reason } = status();
      if (state !== 'up') throw observerDown(reason ?? 'starting');
      if (error instanceof Error && error.name === 'ObserverDown') throw observerDown(error.message);
      throw error;
    }
  }

  fastify.get(
    '/sockets',
    {
      schema: {
        operationId: 'getSockets',
        summary: 'Sockets, filtered and sorted, a page at a time',
        querystring: Type.Object({
          filter: Type.Optional(FilterText),
          sort: Type.Optional(
            Type.Enum(SORTS, { default: '-age', description: 'A leading - is descending' }),
          ),
          limit: Type.Optional(limitUpTo(MAX_ROWS)),
          cursor: Type.Optional(
            Type.String({ pattern: '^[0-9]{1,9}$', description: 'The nextCursor of the page before' }),
          ),
        }),
        response: { 200: { description: 'One page', ...SocketsAnswerSchema }, ...errorResponses },
      },
    },
    async (request) => {
      const { filter = '', sort = '-age', limit = DEFAULT_LIMIT, cursor = '0' } = request.query;
      const descending = sort.startsWith('-');
      return ask({
        kind: 'sockets',
        filter: parseFilter(filter),
        sort: (descending ? sort.slice(1) : sort) as SortKey,
        descending,
        limit,
        offset: Number(cursor),
      });
    },
  );

  fastify.get(
    '/groups',
    {
      schema: {
        operationId: 'getGroups',
        summary: 'Counts of sockets by state for each group',
        querystring: Type.Object({
          by: Type.Optional(
            Type.String({
              default: 'process',
              description: `What makes a group, separated by commas: ${GROUP_KEYS.join(', ')}`,
            }),
          ),
          filter: Type.Optional(FilterText),
          limit: Type.Optional(limitUpTo(MAX_GROUPS)),
        }),
        response: { 200: { description: 'The largest groups', ...GroupsAnswerSchema }, ...errorResponses },
      },
    },
    async (request) => {
      const { by = 'process', filter = '', limit = DEFAULT_LIMIT } = request.query;
      return ask({ kind: 'groups', by: groupKeys(by), filter: parseFilter(filter), limit });
    },
  );
};

function groupKeys(text: string): GroupKey[] {
  const keys = text.split(',').map((word) => {
    const key = GROUP_KEYS.find((known) => known === word.trim());
    if (key) return key;
    const expected = `expected some of ${GROUP_KEYS.join(', ')}, separated by commas`;
    throw new RequestError(
      400,
      'bad_parameter',
      `by: ${expected}, found ${JSON.stringify(word.slice(0, 40))}`,
    );
  });
  return [...new Set(keys)];
}

function observerDown(reason: string): RequestError {
  return new RequestError(503, 'observer_down', `the observer does not answer: ${reason}`);
}
