import swagger from '@fastify/swagger';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { alertRoutes } from './alerts.ts';
import { detectorRoutes } from './detectors.ts';
import { createErrorHandler, RequestError } from './errors.ts';
import { episodeRoutes } from './episodes.ts';
import { historyRoutes } from './history.ts';
import { evidenceRoutes } from './evidence.ts';
import { observedRoutes } from './observed.ts';
import type { ApiParts } from './parts.ts';
import { queryRoutes } from './queries.ts';

export type { ApiParts } from './parts.ts';

/** For Fastify: a key of a body that is not known is a mistake, and not to be dropped in silence. */
export const VALIDATION = { customOptions: { removeAdditional: false } } as const;

/** The routes of /api/v1, to be registered under that prefix. The OpenAPI document is made from their schemas. */
export const api: FastifyPluginAsyncTypebox<ApiParts> = async (fastify, parts) => {
  fastify.setErrorHandler(createErrorHandler(parts.log));
  fastify.setNotFoundHandler(async (request) => {
    const path = request.url.split('?', 1)[0];
    throw new RequestError(
      404,
      'not_found',
      `there is no ${request.method} ${path}; see ${fastify.prefix}/openapi.json`,
    );
  });
  // What is sent is typed, and tested against its schema; to compile the schema into a serialiser would gain nothing.
  fastify.setSerializerCompiler(() => JSON.stringify);
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  fastify.addHook('preValidation', refuseUnknownParameters);

  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Halfclose',
        version: parts.version,
        description:
          'The TCP sockets of a host, those stuck in their close, and why. Ages are in seconds, times in ISO 8601.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
    },
  });
  // Fastify hands the prefix on in `parts`; it holds already.
  await fastify.register(observedRoutes, { ...parts, prefix: '' });
  await fastify.register(detectorRoutes, { ...parts, prefix: '' });
  await fastify.register(alertRoutes, { ...parts, prefix: '' });
  await fastify.register(evidenceRoutes, { ...parts, prefix: '' });
  await fastify.register(queryRoutes, { ...parts, prefix: '' });
  await fastify.register(episodeRoutes, { ...parts, prefix: '' });
  await fastify.register(historyRoutes, { ...parts, prefix: '' });
  fastify.get('/openapi.json', { schema: { hide: true } }, async () => fastify.swagger());
};

/** A misspelt parameter that is ignored would answer another question than the one asked. */
async function refuseUnknownParameters(request: FastifyRequest): Promise<void> {
  const schema = request.routeOptions.schema?.querystring as { properties?: object } | undefined;
  const known = Object.keys(schema?.properties ?? {});
  const unknown = Object.keys(request.query as object).find((name) => !known.includes(name));
  if (unknown === undefined || request.is404) return;
  const expected = known.length > 0 ? `one of ${known.join(', ')}` : 'no parameter';
  throw new RequestError(
    400,
    'bad_parameter',
    `expected ${expected}, found ${JSON.stringify(unknown.slice(0, 40))}`,
  );
}
