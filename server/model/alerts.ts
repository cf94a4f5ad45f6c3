import type { Static } from 'typebox';
import type { Alert, Delivery } from './alert.ts';
import type { AlertEvent, QuietHoursStatus, ReceiverStatusSchema } from './alert-api.ts';
import type { Acknowledgement, NewSilence, Silence } from './silence.ts';
import type { JournalPlace } from './storage.ts';

/** What keeps an alert from being told. */
export interface Hush {
  /** Ids of silences that hold for it. */
  readonly silencedBy: string[];
  readonly quiet: boolean;
  readonly acknowledgement: Acknowledgement | null;
}

/** How one receiver does. */
export type ReceiverStatus = Readonly<Static<typeof ReceiverStatusSchema>>;

/** What came of a request; `problem` says what was expected. */
export type Made<T> = { readonly made: T } | { readonly problem: string };

/** `next`: where the next page goes on; null: there is none. */
interface ResolvedPage {
  readonly alerts: Alert[];
  readonly next: JournalPlace | null;
}

/** The alerts as people see them and deal with them. */
export interface Alerts {
  /** Firing, pending, and for a while resolved, in this order; each fingerprint once. */
  alerts(): readonly Alert[];
  /** As of now, for as many alerts as are asked about. */
  hush(): (alert: Alert) => Hush;
  /** Ended ones, newest first; from the store, as far back as that goes. Rejects where it cannot be read. */
  resolved(limit: number, before?: JournalPlace): Promise<ResolvedPage>;
  /** One of them, present or past, and what happened to it; null: there is none. Rejects where the store cannot be read. */
  story(id: string): Promise<{ readonly alert: Alert; readonly events: AlertEvent[] } | null>;
  quietHours(): QuietHoursStatus[];
  silences(): Silence[];
  addSilence(silence: NewSilence): Made<Silence>;
  /** undefined: there is none of that id, or it has ended. */
  expireSilence(id: string): Silence | undefined;
  /** undefined: no alert of that id is pending or firing. */
  acknowledge(id: string, author: string, comment: string): Acknowledgement | undefined;
  /** False: it was not acknowledged. */
  withdraw(id: string): boolean;
  /** In the order of the configuration; every Alertmanager listed is one. */
  receivers(): ReceiverStatus[];
  /** One attempt at a sample that says it is one; undefined: there is no such receiver. */
  test(receiver: string): Promise<Delivery> | undefined;
}
