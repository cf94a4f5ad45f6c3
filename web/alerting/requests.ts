import type { AlertAnswer, HushedAlert, QuietHoursStatus, TestAnswer } from '../../server/model/alert-api.ts';
import type { Alert } from '../../server/model/alert.ts';
import type { ReceiverStatus } from '../../server/model/alerts.ts';
import type { Acknowledgement, NewSilence, Silence } from '../../server/model/silence.ts';

/** Why there is no answer: the server's code and words; `unreachable` where it did not answer at all. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What came of a request; it never throws. */
export type Answer<T> = { readonly value: T } | { readonly refusal: Refusal };

const UNREACHABLE = 'unreachable';

export const getAlerts = () => ask<{ alerts: HushedAlert[] }>('GET', 'alerts');
export const getAlert = (id: string) => ask<AlertAnswer>('GET', `alerts/${encodeURIComponent(id)}`);
export const getSilences = () => ask<{ silences: Silence[] }>('GET', 'silences');
export const getReceivers = () => ask<{ receivers: ReceiverStatus[] }>('GET', 'receivers');
export const getQuietHours = () => ask<{ quietHours: QuietHoursStatus[] }>('GET', 'quiet-hours');

/** Alerts that ended, newest first; `cursor` of the page before. */
export function getResolved(limit: number, cursor: string | null) {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
  return ask<{ alerts: Alert[]; nextCursor: string | null }>('GET', `alerts/resolved?${query}`);
}

export const addSilence = (silence: NewSilence) => ask<Silence>('POST', 'silences', silence);
export const expireSilence = (id: string) => ask<Silence>('DELETE', `silences/${encodeURIComponent(id)}`);

export const acknowledge = (alertId: string, asked: { author: string; comment: string }) =>
  ask<Acknowledgement>('POST', acknowledgementOf(alertId), asked);
export const withdraw = (alertId: string) => ask<null>('DELETE', acknowledgementOf(alertId));

/** Sends a sample; the answer may take as long as the receiver's own timeout. */
export const testReceiver = (name: string) =>
  ask<TestAnswer>('POST', `receivers/${encodeURIComponent(name)}/test`, {});

/** The stored evidence of an alert, as a file. */
export function evidenceUrl(alertId: string, format: 'json' | 'html', language: string): string {
  return `/api/v1/alerts/${encodeURIComponent(alertId)}/evidence?${new URLSearchParams({ format, lang: language })}`;
}

/** Whether there is any. */
export async function hasEvidence(alertId: string): Promise<boolean> {
  try {
    return (await fetch(evidenceUrl(alertId, 'json', 'en'), { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}

function acknowledgementOf(alertId: string): string {
  return `alerts/${encodeURIComponent(alertId)}/acknowledgement`;
}

async function ask<T>(method: 'GET' | 'POST' | 'DELETE', route: string, body?: object): Promise<Answer<T>> {
  try {
    const answer = await fetch(`/api/v1/${route}`, {
      method,
      // No other web site can make a browser send this type, so that what writes takes no other.
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const value: unknown = text === '' ? null : JSON.parse(text);
    if (answer.ok) return { value: value as T };
    const { error } = (value ?? {}) as { error?: Partial<Refusal> };
    return { refusal: { code: error?.code ?? UNREACHABLE, message: error?.message ?? answer.statusText } };
  } catch {
    return { refusal: { code: UNREACHABLE, message: '' } };
  }
}

/** The words for a refusal. */
export function reasonOf(
  { code, message }: Refusal,
  words: { readonly refused: (reason: string) => string; readonly unreachable: string },
): string {
  return code === UNREACHABLE && message === '' ? words.unreachable : words.refused(message);
}
