const TIMEOUT_MS = 3_000;

/** Asks a server whether it is well; null if so, else one line with the reason. */
export async function healthcheck(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok ? null : `${url} answered ${answer.status}, expected 200`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${url} did not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
