import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { HistoryAnswerSchema, SeriesAnswerSchema } from '../model/api.ts';
import { parseDuration } from '../model/duration.ts';
import { errorResponses, refuse, stored } from './errors.ts';
import { MOMENT_FORM, momentOf } from './moment.ts';
import type { ApiParts } from './parts.ts';

const MAX_SELECTORS = 50;
const MAX_SELECTOR_LENGTH = 500;

/** Routes that answer from the store. */
export const historyRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (
  fastify,
  { storage: { samples } },
) => {
  fastify.get(
    '/history',
    {
      schema: {
        operationId: 'getHistory',
        summary: 'Counts, rates and queues over time, as columns for a chart',
        querystring: Type.Object({
          series: Type.Optional(
            Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: MAX_SELECTORS })], {
              default: 'tcp_sockets',
              description:
                'tcp_sockets: all series of that name; tcp_sockets{state="close_wait"}: that one; with a * at its end all ' +
                `that begin so. May be given several times, at most ${MAX_SELECTORS}; see GET series`,
            }),
          ),
          from: Type.Optional(Type.String({ default: 'now-1h', description: `Inclusive: ${MOMENT_FORM}` })),
          to: Type.Optional(Type.String({ default: 'now', description: `Exclusive: ${MOMENT_FORM}` })),
          step: Type.Optional(
            Type.String({
              default: '0s',
              description: 'At least so long from one point to the next, as 1m; 0s: as fine as there is',
            }),
          ),
        }),
        response: {
          200: { description: 'Columns of equal length', ...HistoryAnswerSchema },
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { series = 'tcp_sockets', from = 'now-1h', to = 'now', step = '0s' } = request.query;
      const now = Date.now();
      const query = {
        series: [series].flat(),
        from: momentOf('from', from, now),
        to: momentOf('to', to, now),
        stepSeconds: parseDuration(step) ?? refuse('step', 'a duration such as 1m', step),
      };
      const tooLong = query.series.find(({ length }) => length > MAX_SELECTOR_LENGTH);
      if (tooLong !== undefined) refuse('series', `at most ${MAX_SELECTOR_LENGTH} characters`, tooLong);
      const { oldest, at, series: columns, ...rest } = await stored(samples.query(query));
      return {
        from: new Date(query.from).toISOString(),
        to: new Date(query.to).toISOString(),
        ...rest,
        oldest: oldest === null ? null : new Date(oldest).toISOString(),
        at: [...at],
        series: columns.map(({ name, min, mean, max }) => ({
          name,
          min: [...min],
          mean: [...mean],
          max: [...max],
        })),
      };
    },
  );

  fastify.get(
    '/series',
    {
      schema: {
        operationId: 'getSeries',
        summary: 'What there is a history of',
        response: { 200: { description: 'In the order of names', ...SeriesAnswerSchema }, ...errorResponses },
      },
    },
    async () => ({
      series: (await stored(samples.series())).map(({ name, lastSeenAt }) => ({
        name,
        lastSeenAt: new Date(lastSeenAt).toISOString(),
      })),
    }),
  );
};
