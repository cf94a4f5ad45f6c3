import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ErrorSchema } from './model/api.ts';

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** Asks a running server. Rejects with one line: it did not answer, it refused and why, or it is no Halfclose. */
export async function ask<S extends TSchema>(
  url: string,
  schema: S,
  { method = 'GET', body, signal }: Asked,
): Promise<Static<S>> {
  const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const { status, answer } = await answerOf(url, { method, signal, ...sent });
  if (status < 200 || status > 299) {
    const why = Value.Check(ErrorSchema, answer) ? `: ${answer.error.message}` : '';
    throw new Error(`${url} answered ${status}${why}`);
  }
  if (!Value.Check(schema, answer)) throw new Error(`${url} is no Halfclose, or one of another version`);
  return answer;
}

async function answerOf(url: string, init: RequestInit): Promise<{ status: number; answer: unknown }> {
  try {
    const answer = await fetch(url, { ...init, redirect: 'error' });
    const text = await answer.text();
    return { status: answer.status, answer: parsed(text) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const isLate = init.signal?.aborted ?? false;
    const why = isLate ? 'it took too long' : cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${url} did not answer: ${why}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
