import { setImmediate } from 'node:timers/promises';
import { formatEndpoint } from '../model/address.ts';
import type { TcpInfo } from '../model/api.ts';
import type { AlertEvidence, EvidenceSocket } from '../model/evidence.ts';
import { OWN_NAMESPACE } from '../model/snapshot.ts';
import type { Words } from './evidence-words.ts';
import { markup, type Markup } from './markup.ts';

const COLUMNS = ['state', 'local', 'remote', 'process', 'age', 'recvq', 'sendq', 'timer'] as const;
const NUMBERS: readonly string[] = ['age', 'recvq', 'sendq'];

/** Rows that are written at a stretch, some milliseconds: the server answers others in between. */
const ROWS_AT_ONCE = 50;

/** The sockets, each with what the kernel says of it in words. */
export async function socketsSection(
  { sockets, socketsError }: AlertEvidence,
  words: Words,
): Promise<Markup> {
  const { own, format } = words;
  if (!sockets) return markup`<p>${own.socketsMissing(socketsError ?? own.unknown)}</p>`;
  const { rows, total, at } = sockets;
  if (rows.length === 0) return markup`<p>${own.noSockets}</p>`;
  const written: Markup[] = [];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await setImmediate();
    for (const socket of rows.slice(from, from + ROWS_AT_ONCE)) written.push(socketRows(socket, words));
  }
  const shown = own.socketsShown(format.number(rows.length), format.number(total), words.time(at));
  const { columns } = words.page.sockets;
  return markup`<p class="note">${shown}${rows.some(({ ageExact }) => !ageExact) && ` ${own.lowerBound}`}</p>
<table>
<thead><tr>${COLUMNS.map(
    (column) =>
      markup`<th scope="col"${NUMBERS.includes(column) && markup` class="number"`}>${columns[column]}</th>`,
  )}</tr></thead>
${written}
</table>`;
}

function socketRows(socket: EvidenceSocket, words: Words): Markup {
  const { state, local, remote, netns, ageSeconds, ageExact, recvQueueBytes, sendQueueBytes } = socket;
  const { format } = words;
  const { columns } = words.page.sockets;
  const age = `${ageExact ? '' : '≥ '}${format.duration(ageSeconds)}`;
  const details = socket.tcpInfo ? tcpWords(socket.tcpInfo, words) : [];
  return markup`<tbody><tr>
<td class="mono state" data-label="${columns.state}">${state}</td>
<td class="mono" data-label="${columns.local}"><span>${formatEndpoint(local.address, local.port)}${
    netns !== OWN_NAMESPACE && markup` <span class="faint">${netns}</span>`
  }</span></td>
<td class="mono" data-label="${columns.remote}">${state === 'LISTEN' ? '–' : formatEndpoint(remote.address, remote.port)}</td>
<td data-label="${columns.process}">${processText(socket, words)}</td>
<td class="number" data-label="${columns.age}">${age}</td>
<td class="number" data-label="${columns.recvq}">${format.number(recvQueueBytes)}</td>
<td class="number" data-label="${columns.sendq}">${format.number(sendQueueBytes)}</td>
<td data-label="${columns.timer}">${timerText(socket, words)}</td>
</tr>${
    details.length > 0 &&
    markup`<tr class="details"><td colspan="${COLUMNS.length}">${details.join(words.terminal.separator)}</td></tr>`
  }</tbody>
`;
}

function processText({ process, processUnknown, processesTotal }: EvidenceSocket, words: Words): Markup {
  const { gaps } = words.page.sockets;
  const gap = gaps[processUnknown];
  const others = processesTotal > 1 && words.own.alsoHeld(words.format.number(processesTotal - 1));
  return markup`<span>${process && markup`${process.name} <span class="faint">${process.pid}</span> `}${
    gap !== '' && markup`<span class="faint">${gap}</span> `
  }${others && markup`<span class="faint">${others}</span>`}</span>`;
}

function timerText({ timer }: EvidenceSocket, { own, page, seconds, format, list }: Words): string {
  if (!timer || timer.kind === 'none') return '–';
  const { kind, expiresSeconds, retransmits, probes } = timer;
  return list([
    own.timerDue(page.sockets.timers[kind], seconds(expiresSeconds)),
    ...(retransmits > 0 ? [own.retransmits(format.number(retransmits))] : []),
    ...(probes > 0 ? [own.probes(format.number(probes))] : []),
  ]);
}

/** struct tcp_info, the numbers that say something. */
function tcpWords(tcp: TcpInfo, { own, format, seconds }: Words): string[] {
  const { number, bytes, duration } = format;
  const texts = own.tcp;
  const some = (value: number, text: (value: string) => string) => value > 0 && text(number(value));
  return [
    texts.received(duration(tcp.lastDataReceivedSeconds)),
    texts.acknowledged(duration(tcp.lastAckReceivedSeconds)),
    texts.sent(duration(tcp.lastDataSentSeconds)),
    texts.moved(bytes(tcp.bytesAcked), bytes(tcp.bytesReceived)),
    some(tcp.unackedSegments, texts.unacked),
    tcp.notSentBytes > 0 && texts.notSent(bytes(tcp.notSentBytes)),
    some(tcp.lostSegments, texts.lost),
    some(tcp.retransmissionsTotal, texts.resent),
    tcp.rttSeconds > 0 && texts.roundTrip(seconds(tcp.rttSeconds), seconds(tcp.rttVarianceSeconds)),
    texts.timeout(seconds(tcp.retransmissionTimeoutSeconds)),
    some(tcp.backoff, texts.backoff),
    tcp.congestionControl !== null &&
      texts.congestion(tcp.congestionControl, number(tcp.congestionWindowSegments), bytes(tcp.sendMssBytes)),
    ...(tcp.memory
      ? [
          texts.receiveMemory(bytes(tcp.memory.receivedBytes), bytes(tcp.memory.receiveLimitBytes)),
          texts.sendMemory(bytes(tcp.memory.sendQueuedBytes), bytes(tcp.memory.sendLimitBytes)),
          some(tcp.memory.drops, texts.drops),
        ]
      : []),
    tcp.mark !== null && tcp.mark > 0 && texts.mark(`0x${tcp.mark.toString(16)}`),
  ].filter((text) => text !== false);
}
