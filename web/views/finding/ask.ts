/** What came of a question; `problem` is the server's own words, empty where it did not answer. */
type Answer<T> = { readonly value: T } | { readonly problem: string; readonly code: string };

/** The answer of a route of /api/v1. */
export async function get<T>(
  route: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal | null = null,
): Promise<Answer<T>> {
  try {
    const answer = await fetch(`/api/v1/${route}?${new URLSearchParams(query)}`, { signal });
    const body: unknown = await answer.json();
    if (answer.ok) return { value: body as T };
    const { error } = body as { error: { code: string; message: string } };
    return { problem: error.message, code: error.code };
  } catch {
    return { problem: '', code: 'unreachable' };
  }
}

export const isoTime = (ms: number) => new Date(ms).toISOString();
