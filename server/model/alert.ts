import { Type, type Static } from 'typebox';
import { FindingSchema, SeveritySchema } from './finding.ts';
import { Nullable, Time } from './schema.ts';

const ALERT_STATES = ['pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Plain data, so that it can be stored as it is and taken up again after a restart. */
export const AlertSchema = Type.Object({
  id: Type.String({ description: 'Of this alert alone; the next one of the same fingerprint has another' }),
  fingerprint: Type.String(),
  alertname: Type.String({ description: "The detector's name" }),
  state: Type.Enum(ALERT_STATES),
  severity: SeveritySchema,
  labels: Type.Record(Type.String(), Type.String()),
  pendingSince: Time,
  startsAt: Nullable(Time, { description: 'Firing since' }),
  endsAt: Nullable(Time, { description: 'Resolved at' }),
  finding: FindingSchema,
});
export type Alert = Static<typeof AlertSchema>;

/** What a receiver is told: the alerts of one group, with what changed among them. */
export interface Notification {
  readonly receiver: string;
  /** The labels that its alerts were put together by, and have in common; names the group. */
  readonly groupLabels: Readonly<Record<string, string>>;
  /** `firing` while any of the alerts is. */
  readonly status: 'firing' | 'resolved';
  /** Those that fire, then those that ended; never none. */
  readonly alerts: readonly Alert[];
  /** A sample that somebody asked for, to see whether it arrives: it says so wherever it is read. */
  readonly isTest: boolean;
  /** Where the dashboard is reached, without a slash at the end. */
  readonly externalUrl: string;
  readonly language: Language;
}

/** Alertmanager's way to write the name of a group. */
export function groupKeyOf(groupLabels: Notification['groupLabels']): string {
  const pairs = Object.entries(groupLabels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{}:{${pairs.join(', ')}}`;
}

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One attempt, to be shown to whoever wants to know why nothing arrives. */
export interface Exchange {
  /** What was sent: the body, or what stands for it; secrets are taken out, and it is cut at 64 KiB. */
  readonly body: string;
  /** `200`, `250`, an exit code; null where no answer came. */
  readonly status: number | null;
  /** What was answered, secrets taken out, cut at 64 KiB. */
  readonly answer: string;
}

/**
 * `retry`: it may work later (network, 5xx, 429), not before `afterSeconds`; `inDoubt` where it may have been taken, because
 * only the answer is missing. `refused`: it never will (4xx); the reason is logged and counted.
 */
export type Delivery = { readonly exchange?: Exchange } & (
  | { readonly outcome: 'delivered' }
  | {
      readonly outcome: 'retry';
      readonly reason: string;
      readonly afterSeconds?: number;
      readonly inDoubt?: boolean;
    }
  | { readonly outcome: 'refused'; readonly reason: string }
);

/**
 * What came of an attempt to notify. `retry`: failed, will be tried again. `refused`: the receiver will not have it.
 * `gave_up`: failed for `giveUpAfter`, dropped.
 */
export const OUTCOMES = ['delivered', 'retry', 'refused', 'gave_up'] as const;
export type Outcome = (typeof OUTCOMES)[number];
