import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const ADVICE = sentences(
  `Find what they wait for: peers that do not read, or that have gone without a word. FIN_WAIT1 and LAST_ACK with Send-Q above 0 name them.`,
  `Close only after the peer has read: shutdown() for writing, then read until it returns 0.`,
  `net.ipv4.tcp_orphan_retries (0 means 8) set to 2 or 3 ends orphans of silent peers sooner. net.ipv4.tcp_max_orphans may be raised; each one can take 64 kB that cannot be swapped.`,
);

export const orphanPressureEn: FindingTexts['describe']['orphan_pressure'] = {
  near_limit: (finding, format) => ({
    title: `${format.number(finding.count)} orphaned sockets, of ${limit(finding, format)} that the kernel keeps`,
    explanation: sentences(
      what(finding, format),
      `The kernel counts an orphan two to four times when its peer takes no data or does not answer, so that the limit is reached from a quarter of it on; beyond it orphans are ended by RST.`,
    ),
    advice: ADVICE,
  }),
  resetting: (finding, format) => ({
    title: `The kernel ends orphaned sockets: ${format.number(finding.count)} of ${limit(finding, format)}`,
    explanation: sentences(
      what(finding, format),
      aborts(finding, format),
      `What they still had to deliver is lost. TCPAbortOnMemory also rises where memory for TCP runs out as a whole.`,
    ),
    advice: ADVICE,
  }),
};

function limit(finding: Finding, format: Format): string {
  return format.number(numberIn(finding, 'maxOrphans') ?? 0);
}

function what(finding: Finding, format: Format): string {
  const parts = [
    `${format.number(numberIn(finding, 'finWait1') ?? 0)} in FIN_WAIT1`,
    `${format.number(numberIn(finding, 'lastAck') ?? 0)} in LAST_ACK`,
    `${format.number(numberIn(finding, 'closing') ?? 0)} in CLOSING`,
  ];
  return `Their programs have closed them or ended, and the kernel still has to deliver data or a FIN. In this network namespace: ${parts.join(', ')}. The number and its limit are of the whole host.`;
}

function aborts(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'abortsOnMemory');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null) return null;
  return `TCPAbortOnMemory rose by ${format.number(count)} within ${format.duration(window)}.`;
}
