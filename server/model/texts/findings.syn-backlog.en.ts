import type { Finding } from '../finding.ts';
import { numberIn, sentencesBy, textIn, type FindingTexts, type Format } from './findings.ts';

const sentences = sentencesBy(' ');

const BACKLOG = `A listener keeps as many handshakes as its backlog, which is the smaller of listen()’s argument and net.core.somaxconn; net.ipv4.tcp_max_syn_backlog counts only where cookies are off.`;

export const synBacklogEn: FindingTexts['describe']['syn_backlog'] = {
  slow_accept: (finding, format) => ({
    title: `Handshakes pile up on port ${port(finding)} since its connections are not accepted`,
    explanation: sentences(
      requests(finding, format),
      queue(finding, format),
      `While the accept queue is full the kernel drops the last ACK of a handshake, and the handshake stays in SYN_RECV although the client has done its part. This is no flood.`,
      owner(finding),
    ),
    advice: `Let the program accept faster; see what keeps it from accept(). A longer SYN queue does not help, and cookies do not either.`,
  }),
  flood: (finding, format) => ({
    title: `SYN-ACKs on port ${port(finding)} are not answered: a SYN flood, or a broken way back`,
    explanation: sentences(
      requests(finding, format),
      unanswered(finding, format),
      cookies(finding, format),
      dropped(finding, format),
      `The accept queue has room, so the program is not to blame.`,
      `What this does not show: whether the addresses are forged. Clients whose packets come in and whose answers are lost (a firewall, asymmetric routing) look the same, and so do clients that connect and send nothing to a listener with TCP_DEFER_ACCEPT.`,
    ),
    advice: sentences(
      `Keep net.ipv4.tcp_syncookies at 1: it keeps the service open. Lower net.ipv4.tcp_synack_retries so that forged requests go sooner, and filter upstream or by nftables (synproxy, limits by source).`,
      `If the addresses are those of your own clients, look at the way back to them first.`,
    ),
  }),
  cookies: (finding, format) => ({
    title: `More clients at once than the backlog${place(finding)} takes: SYN cookies help out`,
    explanation: sentences(
      requests(finding, format),
      cookies(finding, format),
      `The clients answer, so they are real. A connection by cookie loses TCP options: window scaling and SACK are kept only with timestamps.`,
    ),
    advice: sentences(`Raise the backlog.`, BACKLOG),
  }),
  dropping: (finding, format) => ({
    title: `New connections${place(finding)} are dropped: the SYN queue is full and cookies are off`,
    explanation: sentences(
      requests(finding, format),
      dropped(finding, format),
      `A client whose SYN is dropped hears nothing and sends it again after a second.`,
    ),
    advice: sentences(`Set net.ipv4.tcp_syncookies to 1, and raise the backlog.`, BACKLOG),
  }),
};

function port({ labels }: Finding): string {
  return labels.port ?? '?';
}

function place({ labels }: Finding): string {
  return labels.port === undefined || labels.port === '*' ? '' : ` on port ${labels.port}`;
}

function requests(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'synRecv');
  const most = numberIn(finding, 'synBacklogMax');
  if (count === null || count === 0) return null;
  const known = `${format.number(count)} handshakes are under way (SYN_RECV)`;
  return most === null ? `${known}.` : `${known}, and the listener keeps ${format.number(most)}.`;
}

function unanswered(finding: Finding, format: Format): string | null {
  const count = numberIn(finding, 'unanswered');
  const addresses = numberIn(finding, 'remoteAddresses');
  if (count === null || addresses === null || count === 0) return null;
  return `${format.number(count)} of them have waited 3 s or longer for the client’s ACK; they come from ${format.number(addresses)} addresses.`;
}

function cookies(finding: Finding, format: Format): string | null {
  const sent = numberIn(finding, 'cookiesSent');
  const received = numberIn(finding, 'cookiesReceived');
  const window = numberIn(finding, 'windowSeconds');
  if (sent === null || received === null || window === null || sent === 0) return null;
  return `Within ${format.duration(window)} the kernel sent ${format.number(sent)} cookies, and ${format.number(received)} came back.`;
}

function dropped(finding: Finding, format: Format): string | null {
  const full = numberIn(finding, 'requestsDropped') ?? 0;
  const other = numberIn(finding, 'otherDrops') ?? 0;
  const window = numberIn(finding, 'windowSeconds');
  if (window === null || full + other === 0) return null;
  return `Within ${format.duration(window)} the kernel dropped ${format.number(full + other)} requests to connect.`;
}

function queue(finding: Finding, format: Format): string | null {
  const waiting = numberIn(finding, 'acceptQueue');
  return waiting === null
    ? null
    : `${format.number(waiting)} connections wait for accept() at the same listener.`;
}

function owner(finding: Finding): string | null {
  const process = textIn(finding, 'process');
  const pid = numberIn(finding, 'pid');
  return process === null || pid === null ? null : `The listener is that of ${process} (pid ${pid}).`;
}
