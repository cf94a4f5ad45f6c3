import type { Delivery } from '../../model/alert.ts';

/** The text of an answer is read this far, and no further; the connection is then dropped. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** A Retry-After beyond this is cut: an hour without alerts is long enough. */
export const MAX_RETRY_AFTER_SECONDS = 3600;
const MAX_REASON_LENGTH = 200;

interface PostTarget {
  /** Where and what went wrong is told by this alone: paths and queries hold secrets. */
  readonly origin: string;
  post(body: string, signal: AbortSignal): Promise<Delivery>;
}

interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** For connection, request and answer together. */
  readonly timeoutSeconds: number;
  readonly wallMs: () => number;
}

/** Throws where the URL or a header cannot be sent, without saying its value. */
export function createPost(url: string, options: PostOptions): PostTarget {
  const target = new URL(url);
  const headers = headersOf(target, options.headers ?? {});
  target.hash = '';
  return {
    origin: target.origin,
    async post(body, signal) {
      const timeout = new AbortController();
      const stop = () => {
        timeout.abort();
      };
      // Not AbortSignal.timeout(): combined by AbortSignal.any() it can be collected before it fires.
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        stop();
      }, options.timeoutSeconds * 1000);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      try {
        const response = await fetch(target, {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
          signal: timeout.signal,
        });
        // What was answered is known now; a body that drips or breaks off does not change it.
        const answer = await readAnswer(response).catch(() => '');
        return judge(response, answer, target, options.wallMs());
      } catch (err) {
        const reason = timedOut ? `no answer within ${options.timeoutSeconds}s` : networkReason(err);
        return {
          outcome: 'retry',
          reason: `${target.origin}: ${reason}`,
          inDoubt: !NOT_CONNECTED.has(reason),
        };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

function headersOf(url: URL, extra: Readonly<Record<string, string>>): Headers {
  const headers = new Headers({ 'content-type': 'application/json', 'user-agent': 'halfclose' });
  for (const [name, value] of Object.entries(extra)) {
    try {
      headers.set(name, value);
    } catch {
      throw new Error(
        `${url.origin}: ${JSON.stringify(name)} is no header that can be sent, by its name or its value`,
      );
    }
  }
  return headers;
}

async function readAnswer(response: Response): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString();
}

function judge(response: Response, answer: string, url: URL, nowMs: number): Delivery {
  if (response.ok) return { outcome: 'delivered' };
  const { status } = response;
  if (status >= 300 && status < 400) {
    return { outcome: 'refused', reason: `${url.origin}: ${status}; redirects are not followed` };
  }
  const line = firstLine(answer, url);
  const reason = `${url.origin}: ${status}${line === '' ? '' : `: ${line}`}`;
  if (status !== 429 && status < 500) return { outcome: 'refused', reason };
  const afterSeconds = retryAfterSeconds(response.headers.get('retry-after'), nowMs);
  return { outcome: 'retry', reason, ...(afterSeconds !== null && { afterSeconds }) };
}

/** Many servers quote the path in their "not found": it is taken out again. */
function firstLine(answer: string, url: URL): string {
  let text = answer;
  for (const secret of [url.pathname + url.search, url.pathname, url.search]) {
    if (secret.length > 1) text = text.replaceAll(secret, '…');
  }
  const line = text.split(/[\r\n]/).find((each) => each.trim() !== '') ?? '';

  return line
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
}

/** Seconds or a date. Source: RFC 9110, section 10.2.3. Null where it is absent or neither. */
function retryAfterSeconds(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isNaN(seconds) ? null : Math.min(Math.max(0, seconds), MAX_RETRY_AFTER_SECONDS);
}

/** Errors of connect() and before: the request has certainly not been seen. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** fetch() says "fetch failed"; the reason is its cause, by code (`ECONNREFUSED`) where it has one. */
function networkReason(err: unknown): string {
  const cause = err instanceof Error && err.cause instanceof Error ? err.cause : err;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
