import type { Finding } from '../finding.ts';
import { numberIn, type FindingTexts, type Format } from './findings.ts';
import {
  age,
  connections,
  ends,
  few,
  lastHeard,
  retransmitted,
  sentences,
  unacked,
  unknownOwner,
  who,
} from './findings.stuck.zh-cn.ts';

const NOT_A_CRASH =
  '这不是对端进程崩溃：进程崩溃时，它的内核会替它关闭套接字。这里没了的是对端主机或网络，或者中间的 NAT、防火墙已经忘了这条连接。';

export const halfOpenZhCn: FindingTexts['describe']['half_open'] = {
  sending: (finding, format) => ({
    title: `${who(finding)}在 ${connections(finding, format)}上发送数据，得不到任何确认`,
    explanation: sentences(
      `有 ${unacked(finding, format)} 在等待确认，${retransmitted(finding, format)}：种种迹象都指向半开连接（half-open）。`,
      `最久的${age(finding, format)}没有应答。`,
      lastHeard(finding, format),
      NOT_A_CRASH,
      ends(finding, format),
      '在那之前，程序的写操作仍然成功（写进了发送缓冲区），读操作则一直等待。',
      '由此看不出：究竟是对端不在了，还是去程或回程的路断了。',
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '先从本机探一探对端（ping、traceroute、新建一条连接），再看中间的防火墙和 NAT：它们的空闲超时会丢掉安静了几分钟的连接。',
      '给程序设置 TCP_USER_TIMEOUT（libpq 和 PostgreSQL 的 tcp_user_timeout，HAProxy 的 tcp-ut），几十秒内就能结束这样的连接，而且只影响这个程序；调低 tcp_retries2 则影响整台主机。',
      '请求本身也要有时限：Python requests 的 timeout=，Go 的 SetDeadline，PostgreSQL JDBC 的 socketTimeout，Node 的 socket.setTimeout 加 destroy。',
    ),
  }),
  probing: (finding, format) => ({
    title: `${who(finding)}有 ${connections(finding, format)}，探测没有应答`,
    explanation: sentences(
      (numberIn(finding, 'sendQueueBytes') ?? 0) > 0
        ? `对端先前关上了窗口；内核不断探测它是否又有空间，而最多的已有 ${format.number(numberIn(finding, 'probes') ?? 0)} 个探测毫无应答：这不是读得慢，而是没有声息了。`
        : `内核用 keepalive 探测对端还在不在，最多的已有 ${format.number(numberIn(finding, 'probes') ?? 0)} 个探测没有应答。`,
      `最久的${age(finding, format)}没有收到任何东西。`,
      lastHeard(finding, format),
      NOT_A_CRASH,
      keepalive(finding, format),
      ends(finding, format),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '不必手动关闭：探测会结束这些连接，程序随后得到 ETIMEDOUT。',
      '嫌太慢，就为这个程序调短：TCP_KEEPIDLE、TCP_KEEPINTVL、TCP_KEEPCNT，PostgreSQL 的 tcp_keepalives_*，Redis 的 tcp-keepalive，nginx listen 指令的 so_keepalive=。',
      '如果总在安静一阵之后出现，多半是中间的防火墙或 NAT 丢弃了空闲连接：keepalive 时间要短于它的超时。',
    ),
  }),
  idle: (finding, format) => ({
    title: `${who(finding)}有 ${connections(finding, format)}久无动静，也没有人去问对端还在不在`,
    explanation: sentences(
      `处于 ESTABLISHED，收发队列都空着，没有定时器在走，最久的${age(finding, format)}没有收到任何东西。`,
      '半开连接在剩下的这一端看来就是这样，而正常的空闲连接也是这样：不发送，谁也分不清，所以这只是怀疑。',
      '每次观测，Halfclose 只向内核询问一部分空闲连接，实际可能更多。',
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '在程序里打开 keepalive（SO_KEEPALIVE；Node 的 setKeepAlive，PostgreSQL JDBC 的 tcpKeepAlive，HAProxy 的 option clitcpka 和 srvtcpka，nginx 的 proxy_socket_keepalive）。',
      `内核默认要等 ${format.duration(numberIn(finding, 'keepaliveTimeSeconds') ?? 7200)}才开始探测：把它设得比中间防火墙的空闲超时短。`,
      '也可以给连接池设置空闲超时或最长寿命（HikariCP 的 maxLifetime 和 keepaliveTime，Go 的 IdleConnTimeout）。',
    ),
  }),
};

function keepalive(finding: Finding, format: Format): string | null {
  const interval = numberIn(finding, 'keepaliveIntervalSeconds');
  const probes = numberIn(finding, 'keepaliveProbes');
  if (interval === null || probes === null) return null;
  return `按本机的设置，每 ${format.duration(interval)}探测一次，${format.number(probes)} 次没有应答就结束连接；程序也可能设了自己的值。`;
}
