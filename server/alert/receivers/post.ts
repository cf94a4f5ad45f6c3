import { request, type Dispatcher } from 'undici';
import type { Delivery } from '../../model/alert.ts';
import type { HttpOptions } from '../../model/receiver-options.ts';
import type { Clock } from '../clock.ts';
import { judge, readAnswer, type Answer, type Complaint } from './answer.ts';
import { createConnection, type ConnectionOptions } from './connection.ts';
import { redactor, secretsOfHeaders, secretsOfUrl, type Redact } from './redact.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Taken out of all that is shown; the URL and the headers need not be named. */
  readonly secrets?: readonly string[];
}

export interface PostOptions extends ConnectionOptions {
  /** Of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For connection, request and answer together. */
  readonly timeoutSeconds: number;
  readonly wallMs: () => number;
  /** For services that tell errors in the body. Not asked where the status alone tells: 3xx and 5xx. */
  readonly complaintOf?: (answer: Answer) => Complaint | null;
}

/** Of what every receiver over HTTP has in the configuration. */
export function postOptionsOf({ timeout, proxyUrl, tls }: HttpOptions, clock: Clock): PostOptions {
  return {
    ...(proxyUrl !== undefined && { proxyUrl }),
    ...(tls && { tls }),
    timeoutSeconds: timeout,
    wallMs: () => clock.wallMs(),
  };
}

/** Sends each request once. */
export interface Sender {
  send(sent: PostRequest, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

interface PostTarget {
  /** Where and what went wrong is told by this alone: paths and queries hold secrets. */
  readonly origin: string;
  post(body: string, signal: AbortSignal, secrets?: readonly string[]): Promise<Delivery>;
  close(): Promise<void>;
}

/** A sender to one URL. Throws where the URL or a header cannot be sent, without saying its value. */
export function createPost(url: string, options: PostOptions): PostTarget {
  const { origin } = new URL(url);
  headersOf(origin, options.headers ?? {});
  const sender = createSender(options);
  return {
    origin,
    post: (body, signal, secrets = []) => sender.send({ url, body, secrets }, signal),
    close: () => sender.close(),
  };
}

/** Throws where a header of every request cannot be sent, without saying its value. */
export function createSender(options: PostOptions): Sender {
  headersOf('headers', options.headers ?? {});
  const connection = createConnection(options);
  return {
    async send({ url, headers, body, secrets = [] }, signal) {
      const target = new URL(url);
      target.hash = '';
      const given = { ...options.headers, ...headers };
      const redact = redactor([...secrets, ...secretsOfUrl(target), ...secretsOfHeaders(given)]);
      const sent = redactor([...secrets, target.href, ...secretsOfHeaders(given)])(body);
      const attempt = { target, body, sent, redact, options, signal };
      let through: Pick<Attempt, 'headers' | 'dispatcher'>;
      try {
        through = { headers: headersOf(target.origin, given), dispatcher: await connection.dispatcher() };
      } catch (err) {
        // Of a file that can be renewed.
        return { outcome: 'retry', reason: redact((err as Error).message) };
      }
      return post({ ...attempt, ...through });
    },
    close: () => connection.close(),
  };
}

interface Attempt {
  readonly target: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as it is shown. */
  readonly sent: string;
  readonly redact: Redact;
  readonly dispatcher: Dispatcher;
  readonly options: PostOptions;
  readonly signal: AbortSignal;
}

async function post(attempt: Attempt): Promise<Delivery> {
  const { target, headers, body, dispatcher, options, signal, redact } = attempt;
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
    // Unlike fetch() it follows no redirect.
    const response = await request(target, {
      method: 'POST',
      headers,
      body,
      dispatcher,
      signal: timeout.signal,
    });
    const answer = await readAnswer(response);
    const complaint = answer.status < 500 ? (options.complaintOf?.(answer) ?? null) : null;
    return judge(answer, attempt.sent, {
      origin: target.origin,
      redact,
      complaint,
      nowMs: options.wallMs(),
    });
  } catch (err) {
    const reason = timedOut ? `no answer within ${options.timeoutSeconds}s` : networkReason(err);
    return {
      outcome: 'retry',
      reason: redact(`${target.origin}: ${reason}`),
      inDoubt: timedOut || !isBeforeRequest(reason),
      exchange: { body: attempt.sent, status: null, answer: '' },
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function headersOf(where: string, extra: Readonly<Record<string, string>>): Record<string, string> {
  const headers = new Headers({ 'content-type': 'application/json', 'user-agent': 'halfclose' });
  for (const [name, value] of Object.entries(extra)) {
    try {
      headers.set(name, value);
    } catch {
      throw new Error(
        `${where}: ${JSON.stringify(name)} is no header that can be sent, by its name or its value`,
      );
    }
  }
  return Object.fromEntries(headers);
}

/** Errors of connect() and before, and of certificates: the request has certainly not been seen. */
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
const CERTIFICATE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

function isBeforeRequest(reason: string): boolean {
  return NOT_CONNECTED.has(reason) || CERTIFICATE.test(reason);
}

/** By code (`ECONNREFUSED`) where it has one that says something. */
function networkReason(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const code = 'code' in err && typeof err.code === 'string' ? err.code : null;
  return code === null || code === 'UND_ERR_ABORTED' ? err.message : code;
}
