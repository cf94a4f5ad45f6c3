import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type Format } from './findings.ts';

/** What the texts about stuck connections have in common. */
export const sentences = sentencesBy(' ');

export function who(finding: Finding): string {
  const { labels, evidence } = finding;
  if (labels.pid !== undefined) return `${labels.process ?? '?'} (pid ${labels.pid})`;
  if (evidence.orphaned === true) return 'The kernel';
  return programOf(finding) ?? 'An unknown process';
}

/** Several processes of one program are spoken of by its name. */
function programOf({ labels, evidence }: Finding): string | null {
  const several = labels.pid === undefined && typeof evidence.processSockets === 'number';
  return several ? (labels.process ?? null) : null;
}

/** `3 connections to 10.0.0.1:5432`; `kind` stands before the noun. */
export function connections(finding: Finding, format: Format, kind = ''): string {
  const noun = `${kind === '' ? '' : `${kind} `}connection${finding.count === 1 ? '' : 's'}`;
  return `${format.number(finding.count)} ${noun} ${peers(finding)}`;
}

export function peers({ labels: { role, peer, port } }: Finding): string {
  if (role === 'client') return peer === '*' ? 'to several peers' : `to ${peer ?? '?'}`;
  return `from ${peer === '*' ? 'several peers' : (peer ?? '?')} on port ${port ?? '?'}`;
}

/** `at least 3 min`. */
export function age(finding: Finding, format: Format): string {
  return `${finding.ageExact ? '' : 'at least '}${format.duration(finding.oldestAgeSeconds)}`;
}

/** A server has clients that are gone at any time. */
export function few(finding: Finding, format: Format): string | null {
  const all = numberIn(finding, 'connections');
  if (finding.severity !== 'info' || finding.labels.role !== 'server' || all === null) return null;
  return `It is ${format.number(finding.count)} of ${format.number(Math.max(all, finding.count))} connections: clients that vanish or pause are part of every day, so this is told and alarms nobody.`;
}

export function retransmitted(finding: Finding, format: Format): string {
  const times = numberIn(finding, 'retransmits') ?? 0;
  const timeout = numberIn(finding, 'retransmissionTimeoutSeconds');
  const backoff = numberIn(finding, 'backoff');
  const doubled =
    timeout === null || !backoff ? '' : `, the timeout has been doubled up to ${format.duration(timeout)}`;
  return `up to ${format.number(times)} retransmission${times === 1 ? '' : 's'} without an answer${doubled}`;
}

export function unacked(finding: Finding, format: Format): string {
  return format.bytes(numberIn(finding, 'sendQueueBytes') ?? 0);
}

export function lastHeard(finding: Finding, format: Format): string | null {
  const ack = numberIn(finding, 'lastAckReceivedSeconds');
  const data = numberIn(finding, 'lastDataReceivedSeconds');
  if (ack === null || data === null) return null;
  return `Of the longest, the last acknowledgement came ${format.duration(ack)} ago and the last data ${format.duration(data)} ago.`;
}

/** When the kernel gives it up. */
export function ends(finding: Finding, format: Format): string | null {
  const after = numberIn(finding, 'kernelEndsAfterSeconds');
  const left = numberIn(finding, 'kernelEndsInSeconds');
  if (after === null || left === null) return null;
  const setting =
    finding.evidence.orphaned === true
      ? `tcp_orphan_retries is ${format.number(numberIn(finding, 'orphanRetries') ?? 0)}${numberIn(finding, 'orphanRetries') === 0 ? ', which stands for 8' : ''}`
      : `tcp_retries2 is ${format.number(numberIn(finding, 'retries2') ?? 0)}`;
  const longest = left < 1 ? 'which is due now' : `in ${format.duration(left)} or later for the longest`;
  return `The kernel gives such a connection up after ${format.duration(after)} at the earliest (${setting}): ${longest}.`;
}

export function unknownOwner(finding: Finding, format: Format): string | null {
  const program = programOf(finding);
  if (program !== null) {
    const most = numberIn(finding, 'processSockets') ?? 0;
    return `${program} has processes apart from the one that listens; of these connections pid ${numberIn(finding, 'pid') ?? '?'} holds the most, ${format.number(most)}.`;
  }
  const gap = textIn(finding, 'ownerGap');
  return gap === null ? null : `The process is unknown, and there may be several: ${GAPS[gap] ?? gap}.`;
}

/** Of connections that no program holds: who most likely did. */
export function closedBy(finding: Finding): string | null {
  if (finding.evidence.orphaned !== true) return null;
  const process = textIn(finding, 'process');
  return process === null
    ? 'The program has closed them and holds them no more, so its name is not known; the address and port tell.'
    : `The program has closed them and holds them no more; ${process} (pid ${numberIn(finding, 'pid') ?? '?'}) listens on that port.`;
}

const GAPS: Readonly<Record<string, string>> = {
  permission: 'Halfclose may not read the descriptors of every process (CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE)',
  not_found:
    'no process that Halfclose can see holds these sockets; they may belong to another pid namespace',
  accept_queue: 'the listener’s process is not known',
};
