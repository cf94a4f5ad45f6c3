import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const ADVICE = sentences(
  `Look at the sockets with the longest queues: a long Recv-Q is a program that does not read, a long Send-Q a peer that does not.`,
  `Bound what one connection may take (the third numbers of net.ipv4.tcp_rmem and tcp_wmem), or how many there are.`,
  `If the host has memory to spare, raise net.ipv4.tcp_mem, all three numbers; they are in pages.`,
);

export const tcpMemoryPressureEn: FindingTexts['describe']['tcp_memory_pressure'] = {
  pressure: (finding, format) => ({
    title: `TCP is under memory pressure: ${format.number(numberIn(finding, 'memoryPages') ?? 0)} pages in use`,
    explanation: sentences(
      pages(finding, format),
      `The kernel shrinks windows and buffers of all connections until it is below the first number: throughput falls, nothing is lost yet.`,
      queued(finding, format),
    ),
    advice: ADVICE,
  }),
  exhausted: (finding, format) => ({
    title: `TCP is out of memory: ${format.number(numberIn(finding, 'memoryPages') ?? 0)} pages in use`,
    explanation: sentences(
      pages(finding, format),
      aborts(finding, format),
      `The kernel refuses memory: segments are dropped, writes stall, and orphaned connections are ended by RST.`,
      queued(finding, format),
    ),
    advice: ADVICE,
  }),
};

function pages(finding: Finding, format: Format): string | null {
  const low = numberIn(finding, 'memoryLowPages');
  const pressure = numberIn(finding, 'memoryPressurePages');
  const high = numberIn(finding, 'memoryHighPages');
  if (low === null || pressure === null || high === null) return null;
  return `net.ipv4.tcp_mem is ${format.number(low)}, ${format.number(pressure)} and ${format.number(high)} pages, for the whole host.`;
}

function aborts(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'abortsOnMemory');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null || count === 0) return null;
  return `TCPAbortOnMemory rose by ${format.number(count)} within ${format.duration(window)}.`;
}

function queued(finding: Finding, format: Format): string | null {
  const all = numberIn(finding, 'queuedBytes');
  if (all === null) return null;
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  const own = numberIn(finding, 'processQueuedBytes');
  const most = process === null || pid === null || own === null;
  return `${format.bytes(all)} wait in the queues of this network namespace${most ? '' : `, most of them, ${format.bytes(own)}, in those of ${process} (pid ${pid})`}.`;
}
