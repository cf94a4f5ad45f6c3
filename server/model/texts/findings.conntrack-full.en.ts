import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const ADVICE = sentences(
  `Raise net.netfilter.nf_conntrack_max, and the hash table with it (/sys/module/nf_conntrack/parameters/hashsize); an entry takes some 300 bytes.`,
  `Lower what keeps entries long: net.netfilter.nf_conntrack_tcp_timeout_established is 5 days by default. Take flows that need no state out of tracking (notrack in the raw table), and reuse connections.`,
);

export const conntrackFullEn: FindingTexts['describe']['conntrack_full'] = {
  nearly_full: (finding, format) => ({
    title: `The connection tracking table is ${format.percent(numberIn(finding, 'usedRatio') ?? 0)} full`,
    explanation: sentences(
      use(finding, format),
      `When it is full the packets of new connections are dropped, whatever program they are for, and nothing answers the client.`,
    ),
    advice: ADVICE,
  }),
  dropping: (finding, format) => ({
    title: isDropping(finding)
      ? `The connection tracking table is full: packets are dropped`
      : `The connection tracking table is full: entries are thrown out to make room`,
    explanation: sentences(
      use(finding, format),
      drops(finding, format),
      isDropping(finding)
        ? `A dropped packet gets no answer: to programs and peers the network seems to lose packets, and connect() times out. The kernel’s log says “nf_conntrack: table full, dropping packet”.`
        : `Thrown out are connections that were not answered in both directions yet. When it finds none of those, the kernel drops the packets of new ones.`,
    ),
    advice: ADVICE,
  }),
};

function use(finding: Finding, format: Format): string | null {
  const entries = numberIn(finding, 'conntrackEntries');
  const most = numberIn(finding, 'maxConntrack');
  if (entries === null || most === null) return null;
  return `netfilter tracks ${format.number(entries)} connections of every protocol in this network namespace, and nf_conntrack_max allows ${format.number(most)}.`;
}

function isDropping(finding: Finding): boolean {
  return (numberIn(finding, 'droppedPerSecond') ?? 0) > 0;
}

function drops(finding: Finding, format: Format): string | null {
  const dropped = numberIn(finding, 'droppedPerSecond');
  const early = numberIn(finding, 'earlyDroppedPerSecond');
  if (dropped === null || early === null) return null;
  return `It drops ${format.number(dropped)} packets a second, and throws out ${format.number(early)} entries a second to make room.`;
}
