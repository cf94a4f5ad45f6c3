import type { Finding } from '../../server/model/finding.ts';
import { ssCommand } from '../../server/model/ss.ts';
import type { Expected, Passed, Scenario } from './scenario.ts';
import type { Said } from './watch.ts';

/** How what was said compares to what was to be said. */
export interface Verdict {
  /** Alarms that were to be, and were. */
  readonly hits: number;
  /** What was to alarm and did not, or was to be mentioned or let pass and was not. */
  readonly missed: readonly string[];
  /** What alarmed, and was not to; and the second alarm for one thing. */
  readonly falseAlarms: readonly string[];
  /** Of warnings and worse: what was found for a while, too short for an alarm. */
  readonly passing: readonly string[];
  /** What was found and cannot be looked at by `ss`. */
  readonly withoutCommand: readonly string[];
}

export function judge({ alarms = [], mentions = [], lets = [] }: Scenario, said: Said): Verdict {
  const left = [...said.fired.values()].map(({ finding }) => finding);
  const missed: string[] = [];
  let hits = 0;
  for (const expected of alarms) {
    const index = left.findIndex((finding) => fits(finding, expected));
    if (index < 0) missed.push(`no alarm: ${told(expected)}; ${nearest(expected, said)}`);
    else hits++;
    if (index >= 0) left.splice(index, 1);
  }
  const quiet = [...said.found.values()].filter(({ fingerprint }) => !said.fired.has(fingerprint));
  for (const expected of mentions) {
    if (!quiet.some((finding) => fits(finding, expected))) {
      missed.push(`not mentioned: ${told(expected)}; ${nearest(expected, said)}`);
    }
  }
  for (const passed of lets) {
    if (!said.considered.some((considered) => isAbout(considered, passed))) {
      missed.push(`not said to be let pass: ${passed.detector} ${passed.reason}`);
    }
  }
  return {
    hits,
    missed,
    falseAlarms: left.map(toldWhy),
    withoutCommand: [...said.found.values()].filter(({ filter }) => ssCommand(filter) === null).map(told),
    passing: quiet.filter(({ severity, causedBy }) => severity !== 'info' && !causedBy).map(told),
  };
}

function fits(finding: Finding, { detector, cause, severity, certainty, labels = {} }: Expected): boolean {
  return (
    finding.detector === detector &&
    finding.cause === cause &&
    (severity === undefined || finding.severity === severity) &&
    (certainty === undefined || finding.certainty === certainty) &&
    Object.entries(labels).every(([name, value]) => finding.labels[name] === value)
  );
}

function isAbout(considered: Passed, { detector, reason }: Passed): boolean {
  return considered.detector === detector && considered.reason === reason;
}

/** What else the detector said. */
function nearest({ detector }: Expected, { found, considered }: Said): string {
  const near = [
    ...[...found.values()].map((finding) => ({ of: finding.detector, text: toldWhy(finding) })),
    ...considered.map((passed) => ({ of: passed.detector, text: JSON.stringify(passed) })),
  ];
  return near.flatMap(({ of, text }) => (of === detector ? text : [])).join('; ') || 'nothing was said';
}

function toldWhy(finding: Finding): string {
  return `${told(finding)} ${JSON.stringify(finding.evidence)}`;
}

/** `close_wait_leak.drained warning {process=app, role=server}` */
function told({ detector, cause, severity, labels = {} }: Expected): string {
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return `${detector}.${cause} ${severity ?? ''} {${named.join(', ')}}`;
}
