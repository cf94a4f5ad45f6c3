import type { Language } from '../model/alert.ts';
import type { FindingsAnswer } from '../model/api.ts';
import { severityRank, type Severity } from '../model/finding.ts';
import { FINDING_TEXTS } from '../model/texts/describe.ts';
import { TERMINAL_TEXTS } from '../model/texts/terminal-texts.ts';
import type { Unseen } from '../model/unseen.ts';
import { COLOURED, PLAIN } from './paint.ts';
import { ReportWriter, type DescribedFinding } from './report-writer.ts';

/** What a look at a host gave. */
export interface Look {
  readonly host: string;
  readonly sockets: number;
  readonly watchedSeconds: number;
  readonly answer: FindingsAnswer;
  /** Seconds of watching after which none of the undecided detectors would be. */
  readonly enoughSeconds: number;
  readonly undecidedNamespaces: readonly string[];
  readonly unseen: readonly Unseen[];
}

interface Page {
  readonly language: Language;
  /** Columns of the terminal. */
  readonly width: number;
  readonly coloured: boolean;
}

/** Of its threshold. */
const WORTH_A_LINE = 0.1;
/** Below that a column of names beside the text leaves no room for it. */
const MIN_WIDTH = 40;
/** Beyond it lines are hard to read. */
const MAX_WIDTH = 100;

/** What `halfclose doctor` prints, with a line break at its end. */
export function reportOf(look: Look, { language, width, coloured }: Page): string {
  const texts = TERMINAL_TEXTS[language];
  const writer = new ReportWriter(
    Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width)),
    coloured ? COLOURED : PLAIN,
    language,
  );
  const { format } = FINDING_TEXTS[language];
  const { answer } = look;
  // From the first pass to the last, which are some milliseconds less apart than was asked for.
  const watched = format.duration(Math.round(look.watchedSeconds));
  writer.paragraph(texts.heading(format.number(look.sockets), look.host, watched));
  const shown = underRoots(answer.findings);
  const count = (severity: Severity) => shown.filter(({ root }) => root.severity === severity).length;
  const verdict = texts.verdict(count('critical'), count('warning'));
  writer.paragraph(verdict === '' ? texts.nothing : verdict, 'strong');
  for (const { root, consequences } of shown) {
    writer.gap();
    writer.finding(root);
    if (consequences.length > 0) writer.paragraph(texts.follows(consequences.length), 'faint', 2);
    for (const consequence of consequences) writer.consequence(consequence);
  }

  const { considered = [] } = answer;
  // Every connection is silent now and then; to be in the other states for a moment only is what is to be watched.
  const young = considered.filter(
    (each) => each.reason === 'too_young' && (each.detector !== 'half_open' || isWorthALine(each)),
  );
  const passed = considered.filter((each) => each.reason !== 'too_young' && isWorthALine(each));
  writer.list(
    texts.toWatch,
    young.map(({ sentence }) => sentence),
  );
  writer.list(
    texts.letPass,
    passed.map(({ sentence }) => sentence),
  );
  const flag = `--watch=${Math.ceil(look.enoughSeconds)}s`;
  writer.list(texts.undecided, [
    ...(answer.undecided.length > 0
      ? [texts.undecidedDetectors(answer.undecided.join(', '), watched, flag)]
      : []),
    ...(look.undecidedNamespaces.length > 0
      ? [texts.undecidedNamespaces(look.undecidedNamespaces.join(', '))]
      : []),
  ]);
  writer.list(
    texts.unseen,
    look.unseen.map((unseen) => texts.unseenBecause(unseen, format)),
  );
  return writer.text;
}

/** What is far below its threshold would hide what is not; the JSON document has it all. */
function isWorthALine({ value, threshold }: NonNullable<FindingsAnswer['considered']>[number]): boolean {
  return threshold === null || value >= WORTH_A_LINE * threshold;
}

/** Worst first, each with what follows from it; what follows from something that is not listed stands for itself. */
function underRoots(
  findings: readonly DescribedFinding[],
): { root: DescribedFinding; consequences: DescribedFinding[] }[] {
  const listed = new Set(findings.map(({ fingerprint }) => fingerprint));
  const isRoot = ({ causedBy }: DescribedFinding) => causedBy === undefined || !listed.has(causedBy);
  return findings
    .filter(isRoot)
    .sort((a, b) => severityRank(b.severity) - severityRank(a.severity))
    .map((root) => ({
      root,
      consequences: findings.filter((other) => !isRoot(other) && other.causedBy === root.fingerprint),
    }));
}
