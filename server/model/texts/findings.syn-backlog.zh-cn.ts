import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy('');

const BACKLOG =
  '每个监听套接字能保留的握手数就是它的 backlog，取 listen() 的参数和 net.core.somaxconn 中较小的一个；net.ipv4.tcp_max_syn_backlog 只在关闭 cookie 时才起作用。';

export const synBacklogZhCn: FindingTexts['describe']['syn_backlog'] = {
  slow_accept: (finding, format) => ({
    title: `${port(finding)} 端口的连接没有被接受，握手因此积压`,
    explanation: sentences(
      requests(finding, format),
      queue(finding, format),
      '全连接队列满时，内核会丢弃握手的最后一个 ACK；客户端该做的都做了，握手却停在 SYN_RECV。这不是 SYN 洪水攻击。',
      owner(finding),
    ),
    advice: '让程序更快地接受连接，先查清它为什么不调用 accept()。加长半连接队列没有用，cookie 也没有用。',
  }),
  flood: (finding, format) => ({
    title: `${port(finding)} 端口发出的 SYN-ACK 没有回应：SYN 洪水攻击，或者回程不通`,
    explanation: sentences(
      requests(finding, format),
      unanswered(finding, format),
      cookies(finding, format),
      dropped(finding, format),
      '全连接队列有空位，所以问题不在程序。',
      '由此看不出源地址是不是伪造的。如果客户端的报文段能进来、应答却丢了（防火墙、非对称路由），看上去也是这样；监听套接字设了 TCP_DEFER_ACCEPT 而客户端连上后什么也不发，同样如此。',
    ),
    advice: sentences(
      '让 net.ipv4.tcp_syncookies 保持为 1，服务才不会中断。调低 net.ipv4.tcp_synack_retries，伪造的请求会更快消失；再在上游或用 nftables 过滤（synproxy、按来源限速）。',
      '如果这些地址属于自己的客户端，先检查到它们的回程。',
    ),
  }),
  cookies: (finding, format) => ({
    title: `${place(finding)}同时到来的客户端超过 backlog，靠 SYN cookie 应付`,
    explanation: sentences(
      requests(finding, format),
      cookies(finding, format),
      '客户端有回应，所以是真实的。靠 cookie 建立的连接会丢失 TCP 选项：只有启用了时间戳，才能保留窗口扩大和 SACK。',
    ),
    advice: sentences('调高 backlog。', BACKLOG),
  }),
  dropping: (finding, format) => ({
    title: `${place(finding)}新连接被丢弃：半连接队列已满，而 cookie 已关闭`,
    explanation: sentences(
      requests(finding, format),
      dropped(finding, format),
      'SYN 被丢弃时客户端收不到任何回应，1 秒后才会重发。',
    ),
    advice: sentences('把 net.ipv4.tcp_syncookies 设为 1，并调高 backlog。', BACKLOG),
  }),
};

function port({ labels }: Finding): string {
  return labels.port ?? '?';
}

function place({ labels }: Finding): string {
  return labels.port === undefined || labels.port === '*' ? '' : `${labels.port} 端口`;
}

function requests(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'synRecv');
  const most = numberIn(finding, 'synBacklogMax');
  if (count === null || count === 0) return null;
  const known = `有 ${format.number(count)} 次握手尚未完成（SYN_RECV）`;
  return most === null ? `${known}。` : `${known}，监听套接字最多保留 ${format.number(most)} 次。`;
}

function unanswered(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'unanswered');
  const addresses = numberIn(finding, 'remoteAddresses');
  if (count === null || addresses === null || count === 0) return null;
  return `其中 ${format.number(count)} 次等客户端的 ACK 已达 3 秒以上，来自 ${format.number(addresses)} 个地址。`;
}

function cookies(finding: Finding, format: Format): string | null {
  const sent = numberIn(finding, 'cookiesSent');
  const received = numberIn(finding, 'cookiesReceived');
  const window = numberIn(finding, 'windowSeconds');
  if (sent === null || received === null || window === null || sent === 0) return null;
  return `${format.duration(window)}内，内核发出 ${format.number(sent)} 个 cookie，收回 ${format.number(received)} 个。`;
}

function dropped(finding: Finding, format: Format): string | null {
  const full = numberIn(finding, 'requestsDropped') ?? 0;
  const other = numberIn(finding, 'otherDrops') ?? 0;
  const window = numberIn(finding, 'windowSeconds');
  if (window === null || full + other === 0) return null;
  return `${format.duration(window)}内，内核丢弃了 ${format.number(full + other)} 个连接请求。`;
}

function queue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  return waiting === null ? null : `同一个监听套接字上还有 ${format.number(waiting)} 条连接在等待 accept()。`;
}

function owner(finding: Finding): string | null {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  return process === null || pid === null ? null : `监听套接字属于 ${process}（PID ${pid}）。`;
}
