import type { NewFinding } from './index.ts';

/** What follows from what: `root` causes `follows`, where both are about the same thing. */
interface Consequence {
  readonly root: (finding: NewFinding) => boolean;
  readonly follows: (finding: NewFinding, root: NewFinding) => boolean;
}

const is = (detector: string, ...causes: string[]) => {
  return (finding: NewFinding) =>
    finding.detector === detector && (causes.length === 0 || causes.includes(finding.cause));
};

/** The nearer to the root the earlier: a finding follows from the first that fits. */
const CONSEQUENCES: readonly Consequence[] = [];

/**
 * One cause is one finding: what follows from another finding of the same pass and network namespace says so, and alarms
 * nobody. A chain leads to its root at once.
 */
export function linkCauses(findings: readonly NewFinding[]): NewFinding[] {
  const rootOf = new Map<NewFinding, NewFinding>();
  for (const { root, follows } of CONSEQUENCES) {
    for (const candidate of findings.filter(root)) {
      for (const finding of findings) {
        if (finding === candidate || rootOf.has(finding) || topOf(candidate, rootOf) === finding) continue;
        if (follows(finding, candidate)) rootOf.set(finding, candidate);
      }
    }
  }
  return findings.map((finding) => {
    const top = topOf(finding, rootOf);
    return top === finding ? finding : { ...finding, causedBy: top.fingerprint };
  });
}

function topOf(finding: NewFinding, rootOf: ReadonlyMap<NewFinding, NewFinding>): NewFinding {
  let top = finding;
  for (let next = rootOf.get(top); next !== undefined; next = rootOf.get(top)) top = next;
  return top;
}

/** Whether two findings have the same value of each of these labels, and have them. */
export function sameLabels(a: NewFinding, b: NewFinding, ...names: string[]): boolean {
  return names.every((name) => a.labels[name] !== undefined && a.labels[name] === b.labels[name]);
}

void is;
