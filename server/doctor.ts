import { findingsOf } from './api/findings.ts';
import { settleSecondsOf } from './detect/index.ts';
import { lookFor } from './look.ts';
import type { Language } from './model/alert.ts';
import type { DoctorConfig } from './model/config.ts';
import { SEVERITIES } from './model/finding.ts';
import type { Observation } from './model/observation.ts';
import { FINDING_TEXTS } from './model/texts/describe.ts';
import { TERMINAL_TEXTS } from './model/texts/terminal-texts.ts';
import { unseenOf } from './model/unseen.ts';
import { reportOf, type Look } from './terminal/report.ts';

/** Where `halfclose doctor` prints. */
export interface Screen {
  readonly width: number;
  readonly coloured: boolean;
}

export interface Printed {
  readonly text: string;
  readonly exitCode: number;
}

/** By the worst finding that alarms: none, a warning, critical. */
const EXIT_BY_SEVERITY = { info: 0, warning: 1, critical: 2 } as const;

/** Watches this host and says what is wrong; rejects where it could not look. */
export async function doctor(config: DoctorConfig, host: string, screen: Screen): Promise<Printed> {
  const { observer, watchSeconds, json, language } = config;
  const observation = await lookFor(watchSeconds, observer);
  const look = lookOf(observation, config, host);
  return {
    text: json
      ? `${JSON.stringify(documentOf(look, language), null, 2)}\n`
      : reportOf(look, { language, ...screen }),
    exitCode: EXIT_BY_SEVERITY[worstOf(look.answer.findings)],
  };
}

/** What follows from another finding is no finding of its own. */
function worstOf(findings: Look['answer']['findings']): keyof typeof EXIT_BY_SEVERITY {
  const severities = new Set(findings.filter(({ causedBy }) => !causedBy).map(({ severity }) => severity));
  return SEVERITIES.findLast((severity) => severities.has(severity)) ?? 'info';
}

function lookOf(observation: Observation, { observer, language }: DoctorConfig, host: string): Look {
  const { detectors, namespaces } = observer;
  return {
    host,
    sockets: observation.sockets.total,
    watchedSeconds: observation.watchedSeconds,
    answer: findingsOf(
      observation,
      { state: 'up', observationAgeSeconds: 0 },
      { language, considered: true },
    ),
    enoughSeconds: settleSecondsOf(detectors, observation.undecided),
    undecidedNamespaces: observation.undecidedNamespaces,
    unseen: unseenOf(observation, namespaces === 'all'),
  };
}

/** As GET /api/v1/findings?considered=true answers, with what the report has besides. */
function documentOf({ answer, watchedSeconds, undecidedNamespaces, unseen }: Look, language: Language) {
  const texts = TERMINAL_TEXTS[language];
  const { format } = FINDING_TEXTS[language];
  return {
    ...answer,
    undecidedNamespaces,
    watchedSeconds,
    unseen: unseen.map((each) => ({ ...each, sentence: texts.unseenBecause(each, format) })),
  };
}
