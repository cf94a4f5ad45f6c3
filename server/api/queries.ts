import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  GROUP_KEYS,
  GroupsAnswerSchema,
  MAX_GROUPS,
  MAX_ROWS,
  SORT_KEYS,
  SocketsAnswerSchema,
  StorySchema,
  type GroupKey,
  type SortKey,
} from '../model/api.ts';
import { parseFilter } from '../model/filter-parser.ts';
import type { AnswerTo, Query } from '../model/ipc.ts';
import { MAX_SHEET_ROWS } from '../model/sheet.ts';
import { errorResponses, mayBeMissing, RequestError } from './errors.ts';
import type { ApiParts } from './parts.ts';
import { createSheetCache, passOf } from './sheet-cache.ts';
import { Untaken } from './untaken.ts';

const DEFAULT_LIMIT = 100;
/** A few, so that those who ask for nearly as many rows share a sheet. */
const SHEET_ROWS = [1000, 10_000, 50_000, MAX_SHEET_ROWS] as const;
const SORTS = SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);
const Sort = Type.Enum(SORTS, { default: '-age', description: 'A leading - is descending' });

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
export const queryRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (
  fastify,
  { query, status, latest },
) => {
  const sheets = createSheetCache();
  const untaken = new Untaken();

  /** Old rows would be mistaken for sockets that are there: nothing is answered while the observer is down. */
  function refuseWhileDown(): void {
    const { state, reason } = status();
    if (state !== 'up') throw observerDown(reason ?? 'the first pass is not finished');
  }

  async function ask<Q extends Query>(question: Q): Promise<AnswerTo<Q>> {
    refuseWhileDown();
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
          sort: Type.Optional(Sort),
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
      return ask({
        kind: 'sockets',
        filter: parseFilter(filter),
        ...orderOf(sort),
        limit,
        offset: Number(cursor),
      });
    },
  );

  fastify.get(
    '/sockets/sheet',
    {
      schema: {
        operationId: 'getSocketSheet',
        summary: 'Many sockets at once, as columns of bytes',
        description:
          'For tables of a hundred thousand rows. A prefix of two u32 (0x53464348, and the length of the header), a header in ' +
          'JSON (at, sequence of the pass, total, rows, namespaces, processes, number of addresses), padded with spaces to a ' +
          'multiple of 8 bytes; then columns of the host’s byte order: f64 id, 4 × u32 for each address, f32 ageSeconds, u32 ' +
          'local, remote (numbers of addresses), recvQueueBytes, sendQueueBytes, uid, inode, timerExpiresMs, i32 owner ' +
          '(number of a process, or -1), u16 localPort, remotePort, netns, holders, u8 state, family, ageExact, ownerGap, ' +
          'timer, retransmits, probes.',
        headers: Type.Object({
          'if-none-match': Type.Optional(
            Type.String({ maxLength: 100, description: 'The ETag of the answer before' }),
          ),
        }),
        querystring: Type.Object({
          filter: Type.Optional(FilterText),
          sort: Type.Optional(Sort),
          limit: Type.Optional({
            ...limitUpTo(MAX_SHEET_ROWS),
            default: MAX_SHEET_ROWS,
            description: `Most rows to answer, rounded up to one of ${SHEET_ROWS.join(', ')}`,
          }),
        }),
        response: {
          200: {
            description: 'The first rows, and how many match',
            content: { 'application/octet-stream': { schema: Type.Unsafe<Buffer>({}) } },
          },
          304: { description: 'No pass over the sockets since the answer with that ETag', type: 'null' },
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const { filter = '', sort = '-age', limit: most = MAX_SHEET_ROWS } = request.query;
      const limit = SHEET_ROWS.find((rows) => rows >= most) ?? MAX_SHEET_ROWS;
      const parsed = parseFilter(filter);
      refuseWhileDown();
      const pass = passOf(latest());
      const tag = `"${pass}"`;
      if (pass !== null && request.headers['if-none-match'] === tag) return reply.code(304).send(null);
      untaken.check();
      const bytes = await sheets.get(pass, JSON.stringify([filter, sort, limit]), () =>
        ask({ kind: 'sheet', filter: parsed, ...orderOf(sort), limit }),
      );
      const { buffer, byteOffset, byteLength } = bytes;
      untaken.hold(byteLength, request.raw, reply.raw);
      if (pass !== null) reply.header('etag', tag);
      return reply.type('application/octet-stream').send(Buffer.from(buffer, byteOffset, byteLength));
    },
  );

  fastify.get(
    '/sockets/:id',
    {
      schema: {
        operationId: 'getSocket',
        summary:
          'What is known of one socket: the states that it was in, and what the kernel tells of it now',
        params: Type.Object({
          id: Type.String({ pattern: '^[0-9a-z]{1,11}$', description: 'As GET sockets lists it' }),
        }),
        response: { 200: { description: 'Its story', ...StorySchema }, ...mayBeMissing },
      },
    },
    async (request) => {
      const { story } = await ask({ kind: 'story', id: request.params.id });
      if (story) return story;
      throw new RequestError(404, 'not_found', 'no socket has that id: it has ended');
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

function orderOf(sort: (typeof SORTS)[number]): { sort: SortKey; descending: boolean } {
  const descending = sort.startsWith('-');
  return { sort: (descending ? sort.slice(1) : sort) as SortKey, descending };
}

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
