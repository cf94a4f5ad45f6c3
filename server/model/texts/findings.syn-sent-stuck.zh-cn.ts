import { numberIn, type FindingTexts } from './findings.ts';
import { age, connections, sentences, unknownOwner, who } from './findings.stuck.zh-cn.ts';

export const synSentStuckZhCn: FindingTexts['describe']['syn_sent_stuck'] = {
  unanswered: (finding, format) => {
    const after = numberIn(finding, 'kernelEndsAfterSeconds');
    return {
      title: `${who(finding)}有 ${connections(finding, format)}建立不起来：SYN 没有任何应答`,
      explanation: sentences(
        `SYN 最多已发了 ${format.number((numberIn(finding, 'retransmits') ?? 0) + 1)} 次，既没有 SYN-ACK，也没有拒绝：有什么东西把它悄悄丢掉了。端口没有监听会回 RST，主机不可达多半会有 ICMP。`,
        `最久的已等了${age(finding, format)}。`,
        after === null
          ? null
          : `内核在 ${format.duration(after)}后放弃（tcp_syn_retries 为 ${format.number(numberIn(finding, 'synRetries') ?? 0)}），返回 ETIMEDOUT；程序也可能有自己的超时。`,
        '由此看不出丢在哪里：防火墙、安全组、路由器后面已经关机的主机、缺失的回程路由，或者目的地的全连接队列已满（Linux 会因此丢弃 SYN），从这里看都一样。',
        finding.severity === 'info'
          ? '次数不多：邮件服务器、爬虫和监控程序总会碰上不通的地址，所以只作提示，不告警。'
          : null,
        unknownOwner(finding, format),
      ),
      advice: sentences(
        '手动试一次（nc -vz），检查沿途的防火墙和安全组；再到目的地看它的监听套接字：程序不 accept() 时，ss -ltn 里的 Recv-Q 已到上限。',
        '给 connect() 设几秒的超时：Python requests 的 timeout=(connect, read)，Go 的 net.Dialer.Timeout，JDBC 的 connectTimeout，libpq 的 connect_timeout，nginx 的 proxy_connect_timeout，HAProxy 的 timeout connect。',
      ),
    };
  },
};
