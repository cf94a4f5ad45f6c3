import type { MatchOperator } from '../../server/model/matcher.ts';

/** A condition as it is edited: each part a field of its own. */
export interface Condition {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

export const OPERATORS = ['=', '!=', '=~', '!~'] as const satisfies readonly MatchOperator[];

/** As many as the server takes. */
export const MAX_CONDITIONS = 20;

/** A condition as Alertmanager writes it: `process="api"`. */
export function matcherOf({ name, operator, value }: Condition): string {
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return `${name.trim()}${operator}"${escaped}"`;
}

/** Not filled in: it is left out, and no mistake. */
export function isBlank({ name, value }: Condition): boolean {
  return name.trim() === '' && value === '';
}

/** Labels that are another's after a restart, or change while an alert fires (a silence of them would soon fit nothing), or add nothing. */
const LEFT_OUT = new Set(['pid', 'severity', 'instance', 'role']);

/** Conditions that fit an alert of a finding, and the next one of its kind. */
export function conditionsOf(alertname: string, labels: Readonly<Record<string, string>>): Condition[] {
  const { peer, port } = labels;
  const isInPeer = (name: string) =>
    name === 'port' && port !== undefined && peer?.endsWith(`:${port}`) === true;
  const own = Object.entries({ alertname, ...labels }).filter(
    ([name]) => !LEFT_OUT.has(name) && !isInPeer(name),
  );
  return own.map(([name, value]) => ({ name, operator: '=', value }));
}

/** The labels of alerts, each with the values it has among them. */
export function valuesOf(alerts: readonly Readonly<Record<string, string>>[]): ReadonlyMap<string, string[]> {
  const known = new Map<string, string[]>();
  for (const [name, value] of alerts.flatMap((labels) => Object.entries(labels))) {
    const values = known.get(name) ?? [];
    if (!values.includes(value)) known.set(name, [...values, value]);
  }
  return known;
}
