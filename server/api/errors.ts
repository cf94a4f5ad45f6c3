import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { ErrorSchema } from '../model/api.ts';
import { FilterError } from '../model/filter.ts';
import type { Log } from '../model/units.ts';

/** A refusal that tells the client why. */
export class RequestError extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Refuses the value of a parameter. */
export function refuse(name: string, expected: string, found: string): never {
  const shown = JSON.stringify(found.slice(0, 40));
  throw new RequestError(400, 'bad_parameter', `${name}: expected ${expected}, found ${shown}`);
}

type ErrorBody = Static<typeof ErrorSchema>['error'];

/** Answers that every route can give, for the OpenAPI document. */
export const errorResponses = {
  400: { description: 'A parameter is wrong; the message says which and what was expected', ...ErrorSchema },
  500: { description: 'A fault of the server; its log says more', ...ErrorSchema },
  503: {
    description:
      'The observer is down or has not finished its first pass, the store does not work, or (busy) too much waits for slow readers',
    ...ErrorSchema,
  },
};

/** Of routes to one thing by its name. */
export const mayBeMissing = {
  404: { description: 'There is none of that name', ...ErrorSchema },
  ...errorResponses,
};

/** What the store cannot give is no fault of the request. */
export async function stored<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (err) {
    throw new RequestError(503, 'store_unavailable', err instanceof Error ? err.message : String(err));
  }
}

/** Every error as `{"error":{"code","message"}}`. What went wrong inside (5xx) is logged, and not told. */
export function createErrorHandler(log: Log) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, body } = answerOf(error);
    if (status === 500) log.error({ err: error, method: request.method, url: request.url }, 'request failed');
    return reply.code(status).send({ error: body } satisfies Static<typeof ErrorSchema>);
  };
}

function answerOf(error: unknown): { status: number; body: ErrorBody } {
  if (error instanceof RequestError) {
    return { status: error.statusCode, body: { code: error.code, message: error.message } };
  }
  if (error instanceof FilterError) {
    const { position, expected } = error;
    const message = `filter: ${error.message} at position ${position}; expected ${expected}`;
    return { status: 400, body: { code: 'bad_filter', message, position, expected } };
  }
  const { statusCode = 500, validation, message } = error as Partial<FastifyError>;
  if (validation?.[0]) {
    const { instancePath, message: problem, params } = validation[0];
    const choices = Array.isArray(params['allowedValues']) ? `: ${params['allowedValues'].join(', ')}` : '';
    const name = instancePath.slice(1);
    return {
      status: 400,
      body: { code: 'bad_parameter', message: `${name}: ${problem ?? 'wrong'}${choices}` },
    };
  }
  if (statusCode < 500)
    return { status: statusCode, body: { code: 'bad_request', message: message ?? 'bad request' } };
  return {
    status: 500,
    body: { code: 'internal', message: 'the server failed to answer; its log says why' },
  };
}
