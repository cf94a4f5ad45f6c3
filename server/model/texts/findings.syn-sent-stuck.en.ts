import { numberIn, type FindingTexts } from './findings.ts';
import { age, peers, sentences, unknownOwner, who } from './findings.stuck.en.ts';

export const synSentStuckEn: FindingTexts['describe']['syn_sent_stuck'] = {
  unanswered: (finding, format) => {
    const after = numberIn(finding, 'kernelEndsAfterSeconds');
    const one = finding.count === 1;
    return {
      title: `${who(finding)} gets no answer to ${format.number(finding.count)} connection attempt${one ? '' : 's'} ${peers(finding)}`,
      explanation: sentences(
        `The SYN was sent ${format.number((numberIn(finding, 'retransmits') ?? 0) + 1)} times, and neither a SYN-ACK nor a refusal came back: something drops it silently. A closed port would answer with RST, and an unreachable host mostly with ICMP.`,
        `The longest has waited for ${age(finding, format)}.`,
        after === null
          ? null
          : `The kernel gives up after ${format.duration(after)} (tcp_syn_retries is ${format.number(numberIn(finding, 'synRetries') ?? 0)}), with ETIMEDOUT, unless the program has a timeout of its own.`,
        `What this does not show: where it is lost. A firewall, a security group, a host that is down behind a router, a route back that is missing, or a destination whose accept queue is full (Linux then drops SYNs) all look the same from here.`,
        finding.severity === 'info'
          ? `It is few attempts: mail servers, crawlers and monitors meet dead ends all the time, so this is told and alarms nobody.`
          : null,
        unknownOwner(finding, format),
      ),
      advice: sentences(
        `Try it by hand (nc -vz), look at firewalls and security groups on the way, and on the destination at its listener: ss -ltn shows a Recv-Q at its maximum if it does not accept.`,
        `Give connect() a timeout of a few seconds: timeout=(connect, read) of Python requests, net.Dialer.Timeout in Go, connectTimeout in JDBC, connect_timeout in libpq, proxy_connect_timeout in nginx, timeout connect in HAProxy.`,
      ),
    };
  },
};
