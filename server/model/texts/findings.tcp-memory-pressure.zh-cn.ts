import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const ADVICE = sentences(
  '先看队列最长的套接字：Recv-Q 很长，是本端程序不读；Send-Q 很长，是对端不读。',
  '限制单条连接的用量（net.ipv4.tcp_rmem 和 tcp_wmem 的第三个数），或者限制连接数。',
  '如果主机内存充裕，可以调高 net.ipv4.tcp_mem 的三个数，单位是页。',
);

export const tcpMemoryPressureZhCn: FindingTexts['describe']['tcp_memory_pressure'] = {
  pressure: (finding, format) => ({
    title: `TCP 内存吃紧：已用 ${format.number(numberIn(finding, 'memoryPages') ?? 0)} 页`,
    explanation: sentences(
      pages(finding, format),
      '内核会缩小所有连接的窗口和缓冲区，直到用量低于第一个数：吞吐下降，但还没有丢失什么。',
      queued(finding, format),
    ),
    advice: ADVICE,
  }),
  exhausted: (finding, format) => ({
    title: `TCP 内存耗尽：已用 ${format.number(numberIn(finding, 'memoryPages') ?? 0)} 页`,
    explanation: sentences(
      pages(finding, format),
      aborts(finding, format),
      '内核不再分配内存：报文段被丢弃，写操作停住，孤儿连接被 RST 结束。',
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
  return `net.ipv4.tcp_mem 的三个数是 ${format.number(low)}、${format.number(pressure)} 和 ${format.number(high)} 页，针对整台主机。`;
}

function aborts(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'abortsOnMemory');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null || count === 0) return null;
  return `TCPAbortOnMemory 在 ${format.duration(window)}内增加了 ${format.number(count)}。`;
}

function queued(finding: Finding, format: Format): string | null {
  const all = numberIn(finding, 'queuedBytes');
  if (all === null) return null;
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  const own = numberIn(finding, 'processQueuedBytes');
  const unknown = process === null || pid === null || own === null;
  return `本网络命名空间的队列里共有 ${format.bytes(all)}${unknown ? '' : `，其中最多的是 ${process}（PID ${pid}），有 ${format.bytes(own)}`}。`;
}
