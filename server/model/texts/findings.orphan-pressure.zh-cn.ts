import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const ADVICE = sentences(
  '查清它们在等什么：对端不读数据，或者对端已悄然消失。看 Send-Q 大于 0 的 FIN_WAIT1 和 LAST_ACK 就能找到对端。',
  '等对端读完再关闭：先用 shutdown() 关闭写方向，再一直读到返回 0。',
  '把 net.ipv4.tcp_orphan_retries（0 表示 8）设为 2 或 3，可以更快结束对端没有回应的孤儿套接字。也可以调高 net.ipv4.tcp_max_orphans，但每个最多占 64 kB 不可换出的内存。',
);

export const orphanPressureZhCn: FindingTexts['describe']['orphan_pressure'] = {
  near_limit: (finding, format) => ({
    title: `孤儿套接字有 ${format.number(finding.count)} 个，内核上限是 ${limit(finding, format)}`,
    explanation: sentences(
      what(finding, format),
      '对端不收数据或没有回应时，内核会把一个孤儿算作两到四个，所以用到上限的四分之一就可能触顶；超过上限的孤儿会被 RST 结束。',
    ),
    advice: ADVICE,
  }),
  resetting: (finding, format) => ({
    title: `内核正在强行结束孤儿套接字：现有 ${format.number(finding.count)} 个，上限 ${limit(finding, format)}`,
    explanation: sentences(
      what(finding, format),
      aborts(finding, format),
      '它们尚未送达的数据就此丢失。TCP 内存整体不足时，TCPAbortOnMemory 也会上升。',
    ),
    advice: ADVICE,
  }),
};

function limit(finding: Finding, format: Format): string {
  return format.number(numberIn(finding, 'maxOrphans') ?? 0);
}

function what(finding: Finding, format: Format): string {
  const parts = [
    `FIN_WAIT1 ${format.number(numberIn(finding, 'finWait1') ?? 0)} 个`,
    `LAST_ACK ${format.number(numberIn(finding, 'lastAck') ?? 0)} 个`,
    `CLOSING ${format.number(numberIn(finding, 'closing') ?? 0)} 个`,
  ];
  return `程序已经关闭它们或已退出，而内核还要把数据或 FIN 送达。本网络命名空间里有：${parts.join('、')}。总数和上限都是针对整台主机的。`;
}

function aborts(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'abortsOnMemory');
  const window = numberIn(finding, 'windowSeconds');
  if (count === null || window === null) return null;
  return `TCPAbortOnMemory 在 ${format.duration(window)}内增加了 ${format.number(count)}。`;
}
