import type { AlertAnswer, HushedAlert, QuietHoursStatus, TestAnswer } from '../../server/model/alert-api.ts';
import type { Alert } from '../../server/model/alert.ts';
import type { ReceiverStatus } from '../../server/model/alerts.ts';
import type { Acknowledgement, NewSilence, Silence } from '../../server/model/silence.ts';
import { AnswerError, ask, request, UNREACHABLE, type Refusal } from '../ask.ts';

/** What came of a request; it never throws. */
export type Answer<T> = { readonly value: T } | { readonly refusal: Refusal };

export const getAlerts = () => get<{ alerts: HushedAlert[] }>('alerts');
export const getAlert = (id: string) => get<AlertAnswer>(`alerts/${encodeURIComponent(id)}`);
export const getSilences = () => get<{ silences: Silence[] }>('silences');
export const getReceivers = () => get<{ receivers: ReceiverStatus[] }>('receivers');
export const getQuietHours = () => get<{ quietHours: QuietHoursStatus[] }>('quiet-hours');

/** Alerts that ended, newest first; `cursor` of the page before. */
export function getResolved(limit: number, cursor: string | null) {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor !== null && { cursor }) });
  return get<{ alerts: Alert[]; nextCursor: string | null }>('alerts/resolved', query.toString());
}

export const addSilence = (silence: NewSilence) => send<Silence>('POST', 'silences', silence);
export const expireSilence = (id: string) => send<Silence>('DELETE', `silences/${encodeURIComponent(id)}`);

export const acknowledge = (alertId: string, asked: { author: string; comment: string }) =>
  send<Acknowledgement>('POST', acknowledgementOf(alertId), asked);
export const withdraw = (alertId: string) => send<null>('DELETE', acknowledgementOf(alertId));

/** Sends a sample; the answer may take as long as the receiver's own timeout. */
export const testReceiver = (name: string) =>
  send<TestAnswer>('POST', `receivers/${encodeURIComponent(name)}/test`, {});

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

function get<T>(route: string, query = ''): Promise<Answer<T>> {
  return answerOf(ask<T>(route, query));
}

function send<T>(method: 'POST' | 'DELETE', route: string, body?: object): Promise<Answer<T>> {
  // No other web site can make a browser send this type, so that what writes takes no other.
  const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return answerOf(request<T>(route, { method, ...json }));
}

async function answerOf<T>(asked: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await asked };
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    return { refusal: error };
  }
}

/** The words for a refusal. */
export function reasonOf(
  { code, message }: Refusal,
  words: { readonly refused: (reason: string) => string; readonly unreachable: string },
): string {
  return code === UNREACHABLE ? words.unreachable : words.refused(message);
}
