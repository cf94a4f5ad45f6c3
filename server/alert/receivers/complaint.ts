import type { Answer, Complaint } from './answer.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * For services that answer errors with status 200 and say so in a JSON body. What is taken by status and has no such body
 * came from something else on the way, or broke off: it is tried again.
 */
export function jsonComplaint(read: (body: Body, answer: Answer) => Complaint | null) {
  return (answer: Answer): Complaint | null => {
    const body = jsonObject(answer.body);
    if (body) return read(body, answer);
    return answer.status < 300 ? { text: 'the answer is not that of the service', retry: true } : null;
  };
}

/** Null where it is none. */
export function jsonObject(text: string): Body | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}

/** `45009: api freq out of limit`. `busy`: codes that pass. */
export function codeComplaint(
  code: unknown,
  text: unknown,
  busy: ReadonlySet<unknown>,
  afterSeconds?: number,
): Complaint | null {
  if (code === 0) return null;
  const retry = busy.has(code);
  return {
    text: `${String(code)}: ${typeof text === 'string' ? text : ''}`,
    retry,
    ...(retry && afterSeconds !== undefined && { afterSeconds }),
  };
}
