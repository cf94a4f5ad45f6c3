import type { Finding } from '../finding.ts';
import { numberIn, type Description, type FindingTexts, type Format } from './findings.ts';
import {
  age,
  closedBy,
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

/** In each of these states Send-Q counts our FIN as one byte. */
type Closing = 'FIN_WAIT1' | 'LAST_ACK' | 'CLOSING';

const MEANING: Readonly<Record<Closing, string>> = {
  FIN_WAIT1: '本端先关闭，发出的 FIN 没有得到确认',
  LAST_ACK: '对端先关闭，本端随后也关闭了，只差最后一个 ACK',
  CLOSING: '两端同时关闭：对端的 FIN 已到，本端的 FIN 没有得到确认',
};

const undelivered =
  (state: Closing) =>
  (finding: Finding, format: Format): Description => ({
    title: `${connections(finding, format)}停在 ${state}，得不到确认${lost(finding, format)}`,
    explanation: sentences(
      `${MEANING[state]}：${retransmitted(finding, format)}。`,
      lost(finding, format) === ''
        ? '数据都已得到确认，没有确认的只是 FIN 本身。'
        : 'Send-Q 里有一个字节是 FIN，其余是对端没有收到的数据。',
      `最久的已等了${age(finding, format)}。`,
      lastHeard(finding, format),
      '对端已经不在，或者防火墙认为这条连接已经结束，把它的报文段丢掉了。',
      ends(finding, format),
      closedBy(finding),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '看看从本机能不能到达对端，中间的防火墙或负载均衡是不是过早忘了连接。',
      lost(finding, format) === ''
        ? null
        : '要确知数据都送到了，只能听对端说：先 shutdown(SHUT_WR)，读到流的末尾，再 close()。',
      finding.evidence.orphaned === true
        ? '它们是孤儿套接字，放弃之前一直占着内存：tcp_orphan_retries 可以缩短这段时间，tcp_max_orphans 限制总数。'
        : '程序还持有它们：设置 TCP_USER_TIMEOUT，或者给关闭过程加上时限，可以更早结束。',
    ),
  });

const windowClosed =
  (state: Closing) =>
  (finding: Finding, format: Format): Description => ({
    title: `${connections(finding, format)}停在 ${state}：对端不读剩下的数据${lost(finding, format)}`,
    explanation: sentences(
      `本端关闭时还有数据没有发完，而对端的接收窗口关着：它还活着，也应答探测，但它的程序不读。FIN 排在 ${unacked(finding, format)} 之后。`,
      `最久的已持续${age(finding, format)}。`,
      finding.evidence.orphaned === true
        ? '本端已没有程序持有它们；内核继续探测，等到两次探测的间隔拉长到两分钟就放弃。'
        : '只要程序还持有、对端还应答，内核没有定时器会结束它。',
      closedBy(finding),
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '去看对端：它的进程被暂停、被阻塞，或者读得比要的慢。',
      '本端在对端读完之前就关闭了：让读的一方说“读完了”再关闭，就不会这样。',
      '服务端可以设限：nginx 的 send_timeout 加 reset_timedout_connection，HAProxy 的 timeout client-fin，其他程序用 TCP_USER_TIMEOUT。',
    ),
  });

/** Data that was not delivered; empty where only FINs are missing. */
function lost(finding: Finding, format: Format): string {
  const bytes = (numberIn(finding, 'sendQueueBytes') ?? 0) - finding.count;
  return bytes > 0 ? `，${format.bytes(bytes)} 未送达` : '';
}

export const finWaitStuckZhCn: FindingTexts['describe']['fin_wait_stuck'] = {
  undelivered: undelivered('FIN_WAIT1'),
  window_closed: windowClosed('FIN_WAIT1'),
  peer_not_closing: (finding, format) => ({
    title: `${who(finding)}停在 FIN_WAIT2：${connections(finding, format)}，对端没有关闭`,
    explanation: sentences(
      '本端用 shutdown() 发出了 FIN，对端内核已经确认，而对端的程序没有关闭：对应的 CLOSE_WAIT 在对端手里。',
      `最久的已等了${age(finding, format)}。`,
      'tcp_fin_timeout 管不到它们：程序关闭描述符之后才开始计时。',
      '由此看不出：对端也可能只是在半关闭的连接上迟迟才应答，这是允许的。',
      few(finding, format),
      unknownOwner(finding, format),
    ),
    advice: sentences(
      '错在另一端：到那里找 CLOSE_WAIT（ss -tn state close-wait），看 read() 返回 0 之后是不是少了 close()。',
      '本端也不要无限等下去：等一段时间就 close()，其余由内核按 tcp_fin_timeout 结束（HAProxy 的 timeout client-fin 和 timeout server-fin，nginx 的 lingering_timeout）。',
    ),
  }),
};

export const lastAckStuckZhCn: FindingTexts['describe']['last_ack_stuck'] = {
  undelivered: undelivered('LAST_ACK'),
  window_closed: windowClosed('LAST_ACK'),
};

export const closingStuckZhCn: FindingTexts['describe']['closing_stuck'] = {
  undelivered: undelivered('CLOSING'),
  window_closed: windowClosed('CLOSING'),
};
