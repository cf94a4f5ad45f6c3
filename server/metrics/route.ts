import type { FastifyPluginAsync } from 'fastify';
import { prefersOpenMetrics } from './open-metrics.ts';
import type { Metrics } from './index.ts';

export interface Telemetry {
  /** Path of the metrics, `/metrics`. */
  readonly path: string;
  readonly metrics: Pick<Metrics, 'render'>;
}

/** The route that Prometheus scrapes: text, or OpenMetrics to those that ask for it. */
export const telemetry: FastifyPluginAsync<Telemetry> = async (fastify, { path, metrics }) => {
  fastify.get(path, async (request, reply) => {
    const { contentType, body } = await metrics.render(prefersOpenMetrics(request.headers.accept));
    return reply.type(contentType).header('vary', 'Accept').header('cache-control', 'no-store').send(body);
  });
};
