import type { Language } from '../model/alert.ts';
import type { FindingsAnswer } from '../model/api.ts';
import type { ObserverStatus } from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import { ssCommand } from '../model/ss.ts';
import { describeConsidered, describeFinding } from '../model/texts/describe.ts';
import { freshnessOf } from './summary.ts';

interface Asked {
  readonly language: Language;
  /** Also what was looked at and let pass. */
  readonly considered: boolean;
}

/** The findings of an Observation in the words of one language, worst first. */
export function findingsOf(
  observation: Observation,
  status: Pick<ObserverStatus, 'state' | 'observationAgeSeconds'>,
  { language, considered }: Asked,
): FindingsAnswer {
  const kinds = new Map(observation.namespaces.map(({ name, kind }) => [name, kind]));
  return {
    ...freshnessOf(observation, status),
    findings: observation.findings.map((finding) => ({
      ...finding,
      ...describeFinding(finding, language),
      command: ssCommand(finding.filter, (netns) => kinds.get(netns)),
    })),
    undecided: [...observation.undecided],
    ...(considered && {
      considered: observation.considered.map((each) => ({
        ...each,
        sentence: describeConsidered(each, language),
      })),
    }),
  };
}
