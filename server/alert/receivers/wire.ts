import type { Alert, Language, Notification } from '../../model/alert.ts';
import { formatDuration } from '../../model/duration.ts';
import { describeFinding } from '../../model/texts/describe.ts';
import { NOTIFICATION_TEXTS } from '../../model/texts/notification-texts.ts';
import { VIEW_PATHS } from '../../model/views.ts';

/** What Prometheus's alert formats have in common: everything is text, labels are identity, annotations all the rest. */

/**
 * `summary`, `description` and `advice` are sentences. Everything measured is here too, by snake_case name, and not in the
 * labels: a label that moves makes another alert.
 */
function annotationsOf({ finding }: Alert, language: Language): Record<string, string> {
  const { title, explanation, advice } = describeFinding(finding, language);
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(finding.evidence)) {
    if (value !== null) annotations[snakeCase(name)] = String(value);
  }
  if (finding.forecast) {
    annotations['forecast_limit'] = finding.forecast.limit;
    annotations['forecast_used'] = String(finding.forecast.used);
    annotations['forecast_max'] = String(finding.forecast.max);
    annotations['forecast_in'] = duration(finding.forecast.inSeconds);
  }
  return {
    ...annotations,
    summary: title,
    description: explanation,
    advice,
    cause: finding.cause,
    count: String(finding.count),
    // An age counted from first sight is a lower bound.
    oldest_age: `${finding.ageExact ? '' : '≥ '}${duration(finding.oldestAgeSeconds)}`,
    filter: finding.filter,
  };
}

/** An alert as others read it. That it is a test, no receiver can overlook: a label can be routed by, the summary is read. */
export function postedAlert(alert: Alert, { language, externalUrl, isTest }: Notification) {
  const annotations = annotationsOf(alert, language);
  const { test } = NOTIFICATION_TEXTS[language];
  return {
    labels: isTest ? { ...alert.labels, test: 'true' } : alert.labels,
    annotations: isTest ? { ...annotations, summary: test(annotations['summary'] ?? '') } : annotations,
    generatorURL: generatorUrl(alert, externalUrl),
  };
}

/** The page of the finding. */
export function generatorUrl({ fingerprint }: Alert, externalUrl: string): string {
  return `${externalUrl}${VIEW_PATHS.finding}/${fingerprint}`;
}

/** In whole seconds: notifications are read by people. */
function duration(seconds: number): string {
  return Number.isFinite(seconds) ? formatDuration(Math.round(seconds)) : 'unknown';
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
