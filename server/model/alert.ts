import { Type, type Static } from 'typebox';
import { FindingSchema, SeveritySchema } from './finding.ts';

const ALERT_STATES = ['pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Plain data, so that it can be stored as it is and taken up again after a restart. */
export const AlertSchema = Type.Object({
  fingerprint: Type.String(),
  alertname: Type.String({ description: "The detector's name" }),
  state: Type.Enum(ALERT_STATES),
  severity: SeveritySchema,
  labels: Type.Record(Type.String(), Type.String()),
  pendingSince: Type.String({ format: 'date-time' }),
  startsAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'Firing since' }),
  endsAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'Resolved at' }),
  finding: FindingSchema,
});
export type Alert = Static<typeof AlertSchema>;

/** What a receiver is told: the alerts of one name, with what changed among them. */
export interface Notification {
  readonly receiver: string;
  readonly alertname: string;
  /** `firing` while any of the alerts is. */
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Alert[];
  /** Where the dashboard is reached. */
  readonly externalUrl: string;
  readonly language: Language;
}

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * `retry`: it may work later (network, 5xx, 429), not before `afterSeconds`; `inDoubt` where it may have been taken, because
 * only the answer is missing. `refused`: it never will (4xx); the reason is logged and counted.
 */
export type Delivery =
  | { readonly outcome: 'delivered' }
  | {
      readonly outcome: 'retry';
      readonly reason: string;
      readonly afterSeconds?: number;
      readonly inDoubt?: boolean;
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * What came of an attempt to notify. `retry`: failed, will be tried again. `refused`: the receiver will not have it.
 * `gave_up`: failed for `giveUpAfter`, dropped.
 */
export const OUTCOMES = ['delivered', 'retry', 'refused', 'gave_up'] as const;
export type Outcome = (typeof OUTCOMES)[number];
