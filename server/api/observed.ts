import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LANGUAGES } from '../model/alert.ts';
import {
  ErrorSchema,
  FindingsAnswerSchema,
  ListenersAnswerSchema,
  NamespacesAnswerSchema,
  PortsAnswerSchema,
  SummaryAnswerSchema,
} from '../model/api.ts';
import type { Observation } from '../model/observation.ts';
import { findingsAt } from './episodes.ts';
import { errorResponses, refuse, RequestError, stored } from './errors.ts';
import { findingsOf } from './findings.ts';
import { MOMENT_FORM, momentOf } from './moment.ts';
import type { ApiParts } from './parts.ts';
import { freshnessOf, summaryOf } from './summary.ts';

/** The clocks of a browser and of this host differ: its now may be so far ahead. */
const MAX_AHEAD_MS = 5000;

/** Routes that answer from the newest Observation, at once. While the observer is down they answer the last, as stale. */
export const observedRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (
  fastify,
  { latest, status, storage },
) => {
  const observation = (): Observation => {
    const newest = latest();
    if (newest) return newest;
    const { state, reason } = status();
    const why = state === 'down' ? `the observer is down: ${reason}` : 'the first pass is not finished';
    throw new RequestError(503, 'observer_down', why);
  };

  fastify.get(
    '/summary',
    {
      schema: {
        operationId: 'getSummary',
        summary: 'Counts, ages, rates and health',
        response: {
          200: { description: 'As of the newest pass', ...SummaryAnswerSchema },
          ...errorResponses,
        },
      },
    },
    async () => summaryOf(observation(), status(), storage.status()),
  );

  fastify.get(
    '/findings',
    {
      schema: {
        operationId: 'getFindings',
        summary: 'What is wrong, why, and what to do',
        querystring: Type.Object({
          lang: Type.Optional(Type.Enum(LANGUAGES, { default: 'en', description: 'Of the sentences' })),
          fingerprint: Type.Optional(Type.String({ description: 'Only this one' })),
          considered: Type.Optional(
            Type.Boolean({ default: false, description: 'Also what was looked at and let pass, and why' }),
          ),
          at: Type.Optional(
            Type.String({
              maxLength: 40,
              description: `Those that stood at a past moment, each as it was last kept until then, with at most three examples: ${MOMENT_FORM}`,
            }),
          ),
        }),
        response: {
          200: { description: 'Worst first', ...FindingsAnswerSchema },
          404: { description: 'not_kept: nothing is known of that moment any more', ...ErrorSchema },
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { lang = 'en', considered = false, fingerprint, at = 'now' } = request.query;
      const now = Date.now();
      const moment = at === 'now' ? null : momentOf('at', at, now);
      if (moment !== null && moment > now + MAX_AHEAD_MS) refuse('at', 'a moment that is past', at);
      if (moment !== null && moment <= now) {
        return findingsAt(await stored(storage.episodes.at(moment)), moment, now, {
          language: lang,
          fingerprint,
        });
      }
      const newest = observation();
      const findings = newest.findings.filter(
        (each) => (fingerprint ?? each.fingerprint) === each.fingerprint,
      );
      return findingsOf({ ...newest, findings }, status(), { language: lang, considered });
    },
  );

  fastify.get(
    '/listeners',
    {
      schema: {
        operationId: 'getListeners',
        summary: 'Listening sockets and their accept queues',
        response: {
          200: { description: 'The longest accept queue first', ...ListenersAnswerSchema },
          ...errorResponses,
        },
      },
    },
    async () => {
      const newest = observation();
      return {
        ...freshnessOf(newest, status()),
        total: newest.sockets.byState.LISTEN,
        listeners: [...newest.listeners],
      };
    },
  );

  fastify.get(
    '/ports',
    {
      schema: {
        operationId: 'getPorts',
        summary: 'Use of ephemeral ports by destination',
        response: { 200: { description: 'Fullest first', ...PortsAnswerSchema }, ...errorResponses },
      },
    },
    async () => {
      const newest = observation();
      return { ...freshnessOf(newest, status()), ports: [...newest.ports] };
    },
  );

  fastify.get(
    '/namespaces',
    {
      schema: {
        operationId: 'getNamespaces',
        summary: 'Network namespaces, with counts, limits and how each is read',
        response: {
          200: {
            description: "Halfclose's own first, then those that could not be read, then by sockets",
            ...NamespacesAnswerSchema,
          },
          ...errorResponses,
        },
      },
    },
    async () => {
      const newest = observation();
      return {
        ...freshnessOf(newest, status()),
        total: newest.namespacesTotal,
        namespaces: newest.namespaces.map((each) => ({
          ...each,
          readAt: each.readAt === null ? null : new Date(each.readAt).toISOString(),
        })),
      };
    },
  );
};
