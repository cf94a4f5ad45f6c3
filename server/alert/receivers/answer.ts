import type { Dispatcher } from 'undici';
import type { Delivery, Exchange } from '../../model/alert.ts';
import type { Redact } from './redact.ts';

/** The text of an answer is read this far, and no further; the connection is then dropped. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** A Retry-After beyond this is cut: an hour without alerts is long enough. */
export const MAX_RETRY_AFTER_SECONDS = 3600;
const MAX_REASON_LENGTH = 200;

export interface Answer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** False: it broke off, or went on too long. */
  readonly isWhole: boolean;
}

/** What is wrong although the status does not say so, or not all. */
export interface Complaint {
  readonly text: string;
  readonly retry: boolean;
  readonly afterSeconds?: number;
}

/** What was answered is known when the headers are in; a body that drips or breaks off does not change the status. */
export async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = true;
  try {
    // Leaving the loop drops the rest.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      isWhole = bytes < MAX_ANSWER_BYTES;
      if (!isWhole) break;
    }
  } catch {
    chunks.length = 0;
    isWhole = false;
  }
  return {
    status: statusCode,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString(),
    isWhole,
  };
}

/** What an answer is judged by besides itself. */
interface Judgement {
  readonly origin: string;
  readonly redact: Redact;
  readonly complaint: Complaint | null;
  readonly nowMs: number;
}

/** `sent` is the body as it is shown. */
export function judge(
  answer: Answer,
  sent: string,
  { origin, redact, complaint, nowMs }: Judgement,
): Delivery {
  const { status } = answer;
  const exchange: Exchange = { body: sent, status, answer: redact(answer.body) };
  if (status >= 300 && status < 400) {
    return {
      outcome: 'refused',
      reason: `${origin}: ${status}; redirects are not followed`,
      exchange,
    };
  }
  const isTaken = status >= 200 && status < 300;
  if (isTaken && !complaint) return { outcome: 'delivered', exchange };
  const line = firstLine(redact(complaint?.text ?? answer.body));
  const reason = `${origin}: ${status}${line === '' ? '' : `: ${line}`}`;
  if (status !== 429 && status < 500 && !complaint?.retry) return { outcome: 'refused', reason, exchange };
  const told = complaint?.afterSeconds ?? retryAfterSeconds(answer.headers['retry-after'] ?? null, nowMs);
  return {
    outcome: 'retry',
    reason,
    ...(told !== null && { afterSeconds: Math.min(Math.max(0, told), MAX_RETRY_AFTER_SECONDS) }),
    ...(isTaken && !answer.isWhole && { inDoubt: true }),
    exchange,
  };
}

function firstLine(text: string): string {
  const line = text.split(/[\r\n]/).find((each) => each.trim() !== '') ?? '';

  return line
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
}

/** Seconds or a date. Source: RFC 9110, section 10.2.3. Null where it is absent or neither. */
function retryAfterSeconds(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const seconds = /^\d+(\.\d+)?$/.test(header) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isNaN(seconds) ? null : seconds;
}
