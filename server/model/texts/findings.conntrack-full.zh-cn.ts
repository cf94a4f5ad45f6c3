import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const ADVICE = sentences(
  '调高 net.netfilter.nf_conntrack_max，并相应加大哈希表（/sys/module/nf_conntrack/parameters/hashsize）；每项大约占 300 字节。',
  '缩短条目的保留时间：net.netfilter.nf_conntrack_tcp_timeout_established 默认长达 5 天。不需要状态的流量可以免于跟踪（raw 表的 notrack），并尽量复用连接。',
);

export const conntrackFullZhCn: FindingTexts['describe']['conntrack_full'] = {
  nearly_full: (finding, format) => ({
    title: `连接跟踪表已用 ${format.percent(numberIn(finding, 'usedRatio') ?? 0)}`,
    explanation: sentences(
      use(finding, format),
      '表满之后，新连接的包一律被丢弃，不管属于哪个程序，客户端也得不到任何回应。',
    ),
    advice: ADVICE,
  }),
  dropping: (finding, format) => ({
    title: isDropping(finding) ? '连接跟踪表已满，正在丢包' : '连接跟踪表已满，正在清除条目腾出位置',
    explanation: sentences(
      use(finding, format),
      drops(finding, format),
      isDropping(finding)
        ? '被丢弃的包得不到回应：在程序和对端看来就像网络丢包，connect() 会超时。内核日志里会有“nf_conntrack: table full, dropping packet”。'
        : '被清除的是还没有双向应答的连接。一旦找不到这样的条目，内核就会丢弃新连接的包。',
    ),
    advice: ADVICE,
  }),
};

function use(finding: Finding, format: Format): string | null {
  const entries = numberIn(finding, 'conntrackEntries');
  const most = numberIn(finding, 'maxConntrack');
  if (entries === null || most === null) return null;
  return `netfilter 在本网络命名空间里跟踪着各种协议的 ${format.number(entries)} 条连接，nf_conntrack_max 允许 ${format.number(most)} 条。`;
}

function isDropping(finding: Finding): boolean {
  return (numberIn(finding, 'droppedPerSecond') ?? 0) > 0;
}

function drops(finding: Finding, format: Format): string | null {
  const dropped = numberIn(finding, 'droppedPerSecond');
  const early = numberIn(finding, 'earlyDroppedPerSecond');
  if (dropped === null || early === null) return null;
  return `每秒丢弃 ${format.number(dropped)} 个包，并为腾出位置每秒提前清除 ${format.number(early)} 个条目。`;
}
