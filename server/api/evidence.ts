import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LANGUAGES } from '../model/alert.ts';
import { AlertEvidenceSchema, type AlertEvidence } from '../model/evidence.ts';
import { mayBeMissing, RequestError, stored } from './errors.ts';
import { evidencePage } from './evidence-page.ts';
import type { ApiParts } from './parts.ts';

/** What was kept of alerts as they began to fire, as a file to attach to a ticket. */
export const evidenceRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (fastify, { evidence }) => {
  fastify.get(
    '/alerts/:id/evidence',
    {
      schema: {
        operationId: 'getAlertEvidence',
        summary: 'What was seen of an alert when it began to fire',
        description:
          'Up to 500 of its sockets, their owners, listeners, counters and the ten minutes before. Kept for --storage.retention.',
        params: Type.Object({ id: Type.String({ maxLength: 100, description: 'As GET alerts lists it' }) }),
        querystring: Type.Object({
          format: Type.Optional(
            Type.Enum(['json', 'html'], {
              default: 'json',
              description: 'html: one page that needs nothing else',
            }),
          ),
          lang: Type.Optional(Type.Enum(LANGUAGES, { default: 'en', description: 'Of the page' })),
        }),
        response: {
          200: {
            description: 'A file, whose name tells the alert and when it began to fire',
            content: {
              'application/json': { schema: AlertEvidenceSchema },
              'text/html': { schema: Type.String() },
            },
          },
          ...mayBeMissing,
        },
      },
    },
    async (request, reply) => {
      const { format = 'json', lang = 'en' } = request.query;
      const found = await stored(evidence(request.params.id));
      if (!found) {
        throw new RequestError(
          404,
          'not_found',
          'no evidence is kept of an alert of that id: it has not fired, or that is longer ago than the store goes back',
        );
      }
      reply.header('content-disposition', `attachment; filename="${fileNameOf(found)}.${format}"`);
      if (format === 'json') return reply.type('application/json; charset=utf-8').send(found);
      return reply.type('text/html; charset=utf-8').send(await evidencePage(found, lang));
    },
  );
};

/** `halfclose-close_wait_leak-2026-11-22T0301Z`: nothing that a file system or a header would mind. */
function fileNameOf({ alert }: AlertEvidence): string {
  const at = (alert.startsAt ?? alert.pendingSince).slice(0, 16).replace(':', '');
  return `halfclose-${alert.alertname.replace(/[^\w.-]/g, '_')}-${at}Z`;
}
