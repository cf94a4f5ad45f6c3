import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  AlertAnswerSchema,
  AlertsAnswerSchema,
  QuietHoursAnswerSchema,
  ReceiversAnswerSchema,
  ResolvedAnswerSchema,
  SilencesAnswerSchema,
  TestAnswerSchema,
} from '../model/alert-api.ts';
import {
  AcknowledgementSchema,
  NewAcknowledgementSchema,
  NewSilenceSchema,
  SilenceSchema,
} from '../model/silence.ts';
import { errorResponses, mayBeMissing, RequestError, stored } from './errors.ts';
import type { ApiParts } from './parts.ts';

const MAX_RESOLVED = 1000;
const DEFAULT_RESOLVED = 100;

const Id = Type.Object({ id: Type.String({ maxLength: 100, description: 'As it is listed' }) });
const notFound = (message: string) => new RequestError(404, 'not_found', message);
const badRequest = (message: string) => new RequestError(400, 'bad_parameter', message);

/** Alerts, and what people do about them. What writes takes JSON alone, which no other web site can make a browser send unasked. */
export const alertRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (fastify, { alerting }) => {
  fastify.addHook('preValidation', async (request) => {
    const type = request.headers['content-type'] ?? '';
    if (request.method === 'POST' && !/^application\/json\s*(;|$)/i.test(type)) {
      throw new RequestError(415, 'unsupported_media_type', 'expected content-type: application/json');
    }
  });

  fastify.get(
    '/alerts',
    {
      schema: {
        operationId: 'getAlerts',
        summary: 'Alerts: pending, firing, and for a while resolved',
        response: { 200: { description: 'All that there are', ...AlertsAnswerSchema }, ...errorResponses },
      },
    },
    async () => {
      const hushOf = alerting.hush();
      return { alerts: alerting.alerts().map((alert) => ({ ...alert, ...hushOf(alert) })) };
    },
  );

  fastify.get(
    '/alerts/resolved',
    {
      schema: {
        operationId: 'getResolvedAlerts',
        summary: 'Alerts that ended, as far back as the store goes',
        querystring: Type.Object({
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: MAX_RESOLVED,
              default: DEFAULT_RESOLVED,
              description: 'Most alerts to answer',
            }),
          ),
          cursor: Type.Optional(Type.String({ description: 'nextCursor of the page before' })),
        }),
        response: { 200: { description: 'Newest first', ...ResolvedAnswerSchema }, ...errorResponses },
      },
    },
    async (request) => {
      const { limit = DEFAULT_RESOLVED, cursor } = request.query;
      const { alerts, next } = await stored(alerting.resolved(limit, placeOf(cursor)));
      return { alerts, nextCursor: next && `${next.at}~${next.key}` };
    },
  );

  fastify.get(
    '/alerts/:id',
    {
      schema: {
        operationId: 'getAlert',
        summary: 'One alert, present or past, and what happened to it: who was told, who was at it',
        params: Id,
        response: {
          200: {
            description: 'As it is, or was at its end; quiet hours are those of now',
            ...AlertAnswerSchema,
          },
          ...mayBeMissing,
        },
      },
    },
    async (request) => {
      const story = await stored(alerting.story(request.params.id));
      if (!story)
        throw notFound('there is no alert of that id, or it ended longer ago than the store goes back');
      const { alert, events } = story;
      return { ...alert, ...alerting.hush()(alert), events };
    },
  );

  fastify.get(
    '/quiet-hours',
    {
      schema: {
        operationId: 'getQuietHours',
        summary: 'Quiet hours of the configuration, whether they hold now, and until when',
        response: { 200: { description: 'As configured', ...QuietHoursAnswerSchema }, ...errorResponses },
      },
    },
    async () => ({ quietHours: alerting.quietHours() }),
  );

  fastify.post(
    '/alerts/:id/acknowledgement',
    {
      schema: {
        operationId: 'acknowledgeAlert',
        summary: 'Somebody is at it: no reminders until it ends or grows worse',
        params: Id,
        body: NewAcknowledgementSchema,
        response: { 201: { description: 'As it is kept', ...AcknowledgementSchema }, ...mayBeMissing },
      },
    },
    async (request, reply) => {
      const { author, comment = '' } = request.body;
      const made = alerting.acknowledge(request.params.id, author, comment);
      if (!made) throw notFound('no alert of that id is pending or firing');
      return reply.code(201).send(made);
    },
  );

  fastify.delete(
    '/alerts/:id/acknowledgement',
    {
      schema: {
        operationId: 'withdrawAcknowledgement',
        summary: 'Nobody is at it after all',
        params: Id,
        response: { 204: { description: 'Withdrawn', type: 'null' }, ...mayBeMissing },
      },
    },
    async (request, reply) => {
      if (!alerting.withdraw(request.params.id)) throw notFound('no alert of that id is acknowledged');
      return reply.code(204).send(null);
    },
  );

  fastify.get(
    '/silences',
    {
      schema: {
        operationId: 'getSilences',
        summary: 'Silences, and for a day those that ended',
        response: {
          200: { description: 'Soonest to end first', ...SilencesAnswerSchema },
          ...errorResponses,
        },
      },
    },
    async () => ({ silences: alerting.silences() }),
  );

  fastify.post(
    '/silences',
    {
      schema: {
        operationId: 'addSilence',
        summary: 'Nobody is told of alerts with these labels for a while',
        body: NewSilenceSchema,
        response: { 201: { description: 'As it is kept', ...SilenceSchema }, ...errorResponses },
      },
    },
    async (request, reply) => {
      const result = alerting.addSilence(request.body);
      if ('problem' in result) throw badRequest(result.problem);
      return reply.code(201).send(result.made);
    },
  );

  fastify.delete(
    '/silences/:id',
    {
      schema: {
        operationId: 'expireSilence',
        summary: 'Ends a silence now',
        params: Id,
        response: { 200: { description: 'As it is kept', ...SilenceSchema }, ...mayBeMissing },
      },
    },
    async (request) => {
      const silence = alerting.expireSilence(request.params.id);
      if (!silence) throw notFound('no silence of that id is running');
      return silence;
    },
  );

  fastify.get(
    '/receivers',
    {
      schema: {
        operationId: 'getReceivers',
        summary: 'Who is told of alerts, and how the last delivery went',
        response: { 200: { description: 'As configured', ...ReceiversAnswerSchema }, ...errorResponses },
      },
    },
    async () => ({ receivers: alerting.receivers() }),
  );

  fastify.post(
    '/receivers/:name/test',
    {
      schema: {
        operationId: 'testReceiver',
        summary: 'Sends a sample that says it is one, and tells what came of it',
        params: Type.Object({
          name: Type.String({ maxLength: 300, description: 'As GET receivers lists it' }),
        }),
        body: Type.Optional(Type.Object({}, { additionalProperties: false })),
        response: { 200: { description: 'Of one attempt', ...TestAnswerSchema }, ...mayBeMissing },
      },
    },
    async (request) => {
      const { name } = request.params;
      const begin = performance.now();
      const sending = alerting.test(name);
      if (!sending) {
        const names = alerting.receivers().map(({ receiver }) => receiver);
        const known = names.length > 0 ? `expected one of ${names.join(', ')}` : 'none is configured';
        throw notFound(`there is no receiver of that name; ${known}`);
      }
      const delivery = await sending;
      const { status = null, body = '', answer = '' } = delivery.exchange ?? {};
      const seconds = Math.round(performance.now() - begin) / 1000;
      const reason = delivery.outcome === 'delivered' ? null : delivery.reason;
      return { receiver: name, outcome: delivery.outcome, reason, seconds, status, body, answer };
    },
  );
};

function placeOf(cursor: string | undefined): { at: number; key: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, at, key] = /^(\d{1,15})~([\w-]{1,100})$/.exec(cursor) ?? [];
  if (at === undefined || key === undefined) {
    throw badRequest('cursor: expected nextCursor of the page before');
  }
  return { at: Number(at), key };
}
