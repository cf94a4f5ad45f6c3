import type { ErrorSchema } from '../../server/model/api.ts';
import type { Static } from 'typebox';

/** Why an answer is not there: the server's code, or `unreachable`. */
export class AnswerError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The answer of a route of /api/v1; rejects with an AnswerError, or as the signal says. */
export async function ask<T>(
  route: string,
  parameters: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
  try {
    const answer = await fetch(`/api/v1/${route}?${query}`, { signal });
    const body: unknown = await answer.json();
    if (answer.ok) return body as T;
    const { code, message } = (body as Static<typeof ErrorSchema>).error;
    throw new AnswerError(code, message);
  } catch (error) {
    if (signal.aborted || error instanceof AnswerError) throw error;
    throw new AnswerError('unreachable', error instanceof Error ? error.message : String(error));
  }
}

export const iso = (moment: number) => new Date(moment).toISOString();
