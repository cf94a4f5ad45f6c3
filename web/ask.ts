import type { Static } from 'typebox';
import type { ErrorSchema } from '../server/model/api.ts';

/** Why an answer is not there: the server's code and words, or UNREACHABLE and what the browser says. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** The server did not answer, or something else did in its place. */
export const UNREACHABLE = 'unreachable';

export class AnswerError extends Error implements Refusal {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a route of /api/v1 answers; rejects with an AnswerError, or as the signal says. */
export function ask<T>(
  route: string,
  parameters: string | readonly (readonly [string, string])[] = '',
  signal: AbortSignal | null = null,
): Promise<T> {
  const query = typeof parameters === 'string' ? parameters : queryOf(parameters);
  return request(query === '' ? route : `${route}?${query}`, { signal });
}

/** The same for what does something. */
export async function request<T>(route: string, init: RequestInit): Promise<T> {
  try {
    const answer = await fetch(`/api/v1/${route}`, init);
    if (!answer.ok) throw await errorOf(answer);
    // What was done away with has no answer.
    return (answer.status === 204 ? null : await answer.json()) as T;
  } catch (error) {
    if (init.signal?.aborted || error instanceof AnswerError) throw error;
    throw new AnswerError(UNREACHABLE, error instanceof Error ? error.message : String(error));
  }
}

/** What the server says in place of an answer. */
export async function errorOf(answer: Response): Promise<AnswerError> {
  const { error } = (await answer.json()) as Partial<Static<typeof ErrorSchema>>;
  return new AnswerError(error?.code ?? UNREACHABLE, error?.message ?? `HTTP ${answer.status}`);
}

function queryOf(parameters: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
}
