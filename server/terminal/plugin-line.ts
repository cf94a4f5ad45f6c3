import type { FindingsAnswer } from '../model/api.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Observation } from '../model/observation.ts';
import { printable } from '../model/printable.ts';
import { STATES } from '../model/state.ts';

/** What a monitoring plugin can say, by exit code. */
export const PLUGIN_STATUS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
type PluginStatus = (typeof PLUGIN_STATUS)[number];

const BY_SEVERITY = { info: 'OK', warning: 'WARNING', critical: 'CRITICAL' } as const;

/** Findings that are named; the others are counted. */
const NAMED = 3;
/** Some monitors keep 4 KiB of a plugin's output, performance data included. */
const MAX_TITLE_LENGTH = 300;

export interface PluginLine {
  readonly status: PluginStatus;
  readonly line: string;
}

type Found = Pick<FindingsAnswer['findings'][number], 'severity' | 'title' | 'causedBy'>;

/**
 * The output of a monitoring plugin: status, text, and after a bar the sockets by state.
 * Source: https://www.monitoring-plugins.org/doc/guidelines.html
 */
export function pluginLine(
  { findings, undecided }: { readonly findings: readonly Found[]; readonly undecided: readonly string[] },
  byState: Observation['sockets']['byState'],
): PluginLine {
  const alarming = findings
    .filter(({ causedBy, severity }) => causedBy === undefined && severity !== 'info')
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
  const status = BY_SEVERITY[alarming[0]?.severity ?? 'info'];
  const early = undecided.length > 0 ? ` (too early to say for ${undecided.join(', ')})` : '';
  const text = alarming.length === 0 ? `nothing is wrong${early}` : summary(alarming);
  return { status, line: `${head(status, text)} | ${performanceData(alarming, byState)}` };
}

/** Why nothing is known. */
export function unknownLine(reason: string): PluginLine {
  return { status: 'UNKNOWN', line: head('UNKNOWN', reason) };
}

function summary(alarming: readonly Found[]): string {
  const titles = alarming.slice(0, NAMED).map(({ title }) => printable(title, MAX_TITLE_LENGTH));
  const more = alarming.length - titles.length;
  const count = alarming.length === 1 ? '1 finding' : `${alarming.length} findings`;
  return `${count}: ${titles.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function performanceData(alarming: readonly Found[], byState: Readonly<Record<string, number>>): string {
  const count = (severity: Severity) => alarming.filter((each) => each.severity === severity).length;
  // label=value;warn;crit;min: the thresholds are the detectors' own, and not of these numbers.
  return [
    ...STATES.map((state) => [state.toLowerCase(), byState[state] ?? 0] as const),
    ['findings_warning', count('warning')] as const,
    ['findings_critical', count('critical')] as const,
  ]
    .map(([label, value]) => `${label}=${value};;;0`)
    .join(' ');
}

/** The bar ends the text, and so would a second line. */
function head(status: PluginStatus, text: string): string {
  return `HALFCLOSE ${status} - ${printable(text, 3 * MAX_TITLE_LENGTH + 200).replaceAll('|', '/')}`;
}
