import { Liquid } from 'liquidjs';
import type { Alert, Notification } from '../../model/alert.ts';
import { FORBIDDEN_TAGS, TEMPLATE_OPTIONS, type TemplateVariables } from '../../model/template.ts';
import { messageOf } from './message.ts';
import { postedAlert } from './wire.ts';

/** More than any service takes. */
const MAX_RENDERED_LENGTH = 1024 * 1024;

export interface Template {
  /** Throws an Error of one line where it names what is not there, or takes too long. */
  render(notification: Notification): string;
}

/**
 * `escape` makes each value harmless in the markup of the service; `| raw` lets one through as it is. Throws where the text is
 * no template.
 */
export function createTemplate(source: string, escape?: (text: string) => string): Template {
  const liquid = new Liquid({
    ...TEMPLATE_OPTIONS,
    ...(escape && { outputEscape: (value: unknown) => escape(textOf(value)) }),
  });
  for (const tag of FORBIDDEN_TAGS) Reflect.deleteProperty(liquid.tags, tag);
  const parsed = liquid.parse(source);
  return {
    render(notification) {
      const text = String(liquid.renderSync(parsed, variablesOf(notification)));
      if (text.length > MAX_RENDERED_LENGTH) {
        throw new Error(`expected at most ${MAX_RENDERED_LENGTH} characters, found ${text.length}`);
      }
      return text;
    },
  };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

function variablesOf(notification: Notification): TemplateVariables {
  const { status, receiver, groupLabels, alerts, externalUrl, isTest, language } = notification;
  return {
    status,
    receiver,
    title: messageOf(notification).title,
    test: isTest,
    language,
    groupLabels: { ...groupLabels },
    alerts: alerts.map((alert) => alertVariables(alert, notification)),
    externalUrl,
  };
}

function alertVariables(alert: Alert, notification: Notification): object {
  const { labels, annotations, generatorURL } = postedAlert(alert, notification);
  const { summary, description, advice } = annotations;
  return {
    status: alert.state,
    labels,
    annotations,
    startsAt: alert.startsAt ?? alert.pendingSince,
    endsAt: alert.endsAt,
    severity: alert.severity,
    summary,
    description,
    advice,
    url: generatorURL,
    fingerprint: alert.fingerprint,
  };
}
