import { existsSync } from 'node:fs';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { createErrorHandler } from './api/errors.ts';
import { api, VALIDATION, type ApiParts } from './api/index.ts';
import type { Guard } from './guard.ts';
import { telemetry, type Telemetry } from './metrics/route.ts';
import type { Log } from './model/units.ts';
import { VIEW_PATHS } from './model/views.ts';

export interface AppParts {
  readonly api: ApiParts;
  readonly telemetry: Telemetry;
  readonly guard: Guard;
  /** Folder of the built dashboard; without it (tests) only the API answers. */
  readonly dashboard: string;
  readonly log: Log;
}

/** A request that takes longer to arrive is cut off: Fastify waits for ever by default. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for such requests: by default every half minute, which would make the timeout one of 40 s. */
const TIMEOUT_CHECK_MS = 2_000;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_CONNECTIONS = 4096;

/** Builds the HTTP side; it never listens, so tests inject requests. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const answerError = createErrorHandler(parts.log);
  const app = Fastify({
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    bodyLimit: MAX_BODY_BYTES,
    ajv: VALIDATION,
    return503OnClosing: true,
    forceCloseConnections: true,
    // A URL that cannot be decoded is answered before any hook or error handler.
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  app.setErrorHandler(answerError);
  app.server.maxConnections = MAX_CONNECTIONS;

  app.addHook('onRequest', async (request, reply) => {
    const refusal = parts.guard(request.raw);
    if (refusal === null) return;
    parts.log.warn({ from: request.ip, refusal }, 'request refused');
    return reply.code(403).send({ error: { code: 'forbidden', message: refusal } });
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Both would break plain HTTP on a local network.
    strictTransportSecurity: false,
    originAgentCluster: false,
  });
  await app.register(compress, {
    threshold: 1024,
    encodings: ['gzip', 'identity'],
    // The plugin's own list knows no OpenMetrics, which is what Prometheus asks for.
    customTypes: /^text\/(?!event-stream)|[+/]json(?:;|$)|[+/]xml(?:;|$)|javascript|openmetrics-text/,
  });

  app.get('/-/healthy', async () => 'Halfclose is healthy.\n');
  // Once ready it stays so: a source that fails later shows in the metrics, and is no reason to take the page away.
  let ready = false;
  app.get('/-/ready', async (_request, reply) => {
    ready ||= parts.api.latest()?.complete ?? false;
    if (ready) return 'Halfclose is ready.\n';
    return reply.code(503).send('No complete pass over the sockets yet.\n');
  });
  await app.register(telemetry, parts.telemetry);
  await app.register(api, { prefix: '/api/v1', ...parts.api });
  if (existsSync(parts.dashboard)) {
    await app.register(serveStatic, {
      root: parts.dashboard,
      cacheControl: false,
      setHeaders(reply, path) {
        // Vite puts a hash of the content into the names under assets/; everything else may change under its name.
        const hashed = path.includes('/assets/');
        reply.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    // The page itself finds out which view its address means.
    for (const path of Object.values(VIEW_PATHS).filter((each) => each !== '/')) {
      app.get(path, async (_request, reply) => reply.sendFile('index.html'));
      app.get(`${path}/*`, async (_request, reply) => reply.sendFile('index.html'));
    }
  }
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({
      error: { code: 'not_found', message: `there is nothing at ${request.method} ${request.url}` },
    }),
  );
  return app;
}
