import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const WHO = '由此看不出是哪个进程：这个计数器由整个网络命名空间共用。';

export const resetStormZhCn: FindingTexts['describe']['reset_storm'] = {
  unread_at_close: (finding, format) => ({
    title: `每秒有 ${rate(finding, format)} 条连接在数据未读完时就关闭，因而被重置`,
    explanation: sentences(
      share(finding, format),
      'TCPAbortOnClose 在上升：程序调用 close() 时，对端发来的数据还没有读。内核于是发出 RST 而不是 FIN，对端可能丢失最后收到的数据，哪怕那是一个完整的响应。',
      WHO,
    ),
    advice: sentences(
      'close() 之前先读到流的末尾：用 shutdown() 关闭写方向，再一直读到返回 0，或者读到超时为止。服务端如果提前拒绝请求，应先读完剩余的请求体，或读掉其中有限的一部分；nginx 的 lingering_close 就是这样做的。',
      '客户端应把响应读完；如果中途放弃，要知道这会重置连接。',
    ),
  }),
  linger_zero: (finding, format) => ({
    title: `每秒有 ${rate(finding, format)} 条连接被有意以 RST 结束（SO_LINGER 为 0）`,
    explanation: sentences(
      share(finding, format),
      'TCPAbortOnData 和 EstabResets 一起上升：程序打开了 SO_LINGER，并把时间设为 0。还没送达的数据会被丢弃，对端看到 ECONNRESET。这样做能省掉 TIME_WAIT，但很少值得。',
      '压测工具和代理的健康检查也会这样做。',
      finding.certainty === 'suspect' &&
        '如果两端的程序都在本机，close() 之后仍有数据到达也会让这些计数器同样上升。',
      WHO,
    ),
    advice:
      '去掉这个设置：C 和 Python 里时间为 0 的 SO_LINGER，Java 的 setSoLinger(true, 0)，Go 的 SetLinger(0)，Node.js 的 resetAndDestroy()，HAProxy 的 option nolinger。如果是为了避开 TIME_WAIT，让另一端先关闭即可。',
  }),
  data_after_close: (finding, format) => ({
    title: `每秒有 ${rate(finding, format)} 条连接因对端在 close() 之后还在发送而被重置`,
    explanation: sentences(
      share(finding, format),
      'TCPAbortOnData 在上升而 EstabResets 没有：连接的两个方向都已被本端关闭，数据却还在到达。内核以 RST 回应，对端可能丢失本端最后的响应。',
      '只有在对端确认本端 FIN 之前到达的数据才会计入。更晚到达的（例如在空闲连接上发来的请求）同样会被重置，但只体现在 OutRsts 里，所以实际数量可能更多。',
      WHO,
    ),
    advice:
      '先用 shutdown() 只关闭写方向，再在限定时间内一直读到对端也关闭。检查有没有还没读完请求就应答的服务端，以及比对端更短的空闲超时。',
  }),
  timed_out: (finding, format) => ({
    title: `内核每秒放弃 ${rate(finding, format)} 条连接：对端没有回应`,
    explanation: sentences(
      share(finding, format),
      'TCPAbortOnTimeout 在上升：重传、keepalive 探测或建立连接的尝试直到最后一次都没有回应。内核不会发 RST，程序得到的是 ETIMEDOUT。原因是线路或对端已断，或者防火墙已经忘记这些连接。',
      failed(finding, format),
      WHO,
    ),
    advice:
      '检查有没有网络或主机中断，以及 NAT 或防火墙的超时是否短于连接的空闲时间。keepalive 间隔短于该超时就能保住连接；TCP_USER_TIMEOUT 或程序里的超时能更早放弃。',
  }),
  refused: (finding, format) => ({
    title: `每秒有 ${rate(finding, format)} 次建立连接的尝试被拒绝`,
    explanation: sentences(
      failed(finding, format),
      'AttemptFails 在上升而没有超时：有 RST 返回，说明主机在、端口上却没有人监听，或者被防火墙拒绝。程序得到的是 ECONNREFUSED。程序提前放弃自己的 connect() 也会计入，从本机发起的端口扫描也一样。',
      WHO,
    ),
    advice:
      '在程序日志里找 ECONNREFUSED，再看它指出的服务：是否在运行，是否监听在那个地址。客户端每次失败后应等待更久，而不是立刻重试。',
  }),
};

function rate(finding: Finding, format: Format): string {
  return format.number(numberIn(finding, 'perSecond') ?? 0);
}

function share(finding: Finding, format: Format): string | null {
  const opened = numberIn(finding, 'openedPerSecond');
  const window = numberIn(finding, 'windowSeconds');
  if (opened === null || window === null) return null;
  return `最近 ${format.duration(window)}里有 ${format.number(finding.count)} 条连接这样结束，同期每秒新建 ${format.number(opened)} 条。`;
}

function failed(finding: Finding, format: Format): string | null {
  const attempts = numberIn(finding, 'failedAttemptsPerSecond');
  return attempts === null ? null : `每秒有 ${format.number(attempts)} 次建立连接的尝试失败。`;
}
