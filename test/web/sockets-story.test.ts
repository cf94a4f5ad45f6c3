import { describe, expect, test } from 'vitest';
import type { SocketRow } from '../../server/model/api.ts';
import { viewSocketsEn } from '../../server/model/texts/view-sockets.en.ts';
import { viewSocketsZhCn } from '../../server/model/texts/view-sockets.zh-cn.ts';
import { formatFor } from '../../web/format.ts';
import { infoOf, queuesOf, timerText } from '../../web/views/sockets/explain.ts';
import { told } from '../track/given.ts';

const texts = viewSocketsEn.story;
const format = formatFor('en');

function socket(over: Partial<SocketRow>): SocketRow {
  return {
    id: 'z',
    netns: 'host',
    family: 'ipv4',
    state: 'ESTABLISHED',
    local: { address: '10.0.0.2', port: 40_000 },
    remote: { address: '10.0.0.1', port: 443 },
    recvQueueBytes: 0,
    sendQueueBytes: 0,
    uid: 0,
    inode: 9,
    process: null,
    processes: [],
    processesTotal: 0,
    processUnknown: 'none',
    ageSeconds: 1,
    ageExact: true,
    timer: null,
    tcpInfo: null,
    ...over,
  };
}

const timer = (kind: NonNullable<SocketRow['timer']>['kind'], retransmits = 0) => ({
  kind,
  expiresSeconds: 1,
  retransmits,
  probes: 0,
});

describe('queues', () => {
  test.each<[string, Partial<SocketRow>, string, string]>([
    ['empty', {}, 'recvEmpty', 'sendEmpty'],
    ['CLOSE_WAIT, drained', { state: 'CLOSE_WAIT' }, 'recvEmpty', 'sendEmpty'],
    ['the FIN unread', { state: 'CLOSE_WAIT', recvQueueBytes: 1 }, 'recvFin', 'sendEmpty'],
    ['data and FIN unread', { state: 'CLOSE_WAIT', recvQueueBytes: 51 }, 'recvFinAndData', 'sendEmpty'],
    ['data unread', { recvQueueBytes: 1 }, 'recv', 'sendEmpty'],
    ['window closed', { sendQueueBytes: 9, timer: timer('probe') }, 'recvEmpty', 'sendWindow'],
    ['no answer', { sendQueueBytes: 9, timer: timer('retransmit', 3) }, 'recvEmpty', 'sendUnanswered'],
    ['on its way', { sendQueueBytes: 9, timer: timer('retransmit') }, 'recvEmpty', 'send'],
    ['the FIN left', { state: 'LAST_ACK', recvQueueBytes: 1 }, 'recvFinLeft', 'sendEmpty'],
    ['our FIN', { state: 'LAST_ACK', sendQueueBytes: 1 }, 'recvEmpty', 'sendFin'],
    [
      'a full accept queue',
      { state: 'LISTEN', recvQueueBytes: 129, sendQueueBytes: 128 },
      'acceptFull',
      'acceptMax',
    ],
    ['an accept queue', { state: 'LISTEN', recvQueueBytes: 128, sendQueueBytes: 128 }, 'accept', 'acceptMax'],
    ['an accept queue of /proc', { state: 'LISTEN', recvQueueBytes: 2 }, 'accept', 'acceptMaxUnknown'],
  ])('%s', (_what, over, received, sent) => {
    const said = queuesOf(socket(over), texts, format).map(({ text }) => text);
    const { queueTexts } = texts;
    expect(said).toEqual([queueTexts[received as 'recv'], queueTexts[sent as 'send']]);
  });
});

test.each<[string, Partial<SocketRow>, string | null]>([
  ['none', {}, null],
  ['a SYN', { state: 'SYN_SENT', timer: timer('retransmit') }, 'retransmitSyn'],
  ['data', { timer: timer('retransmit') }, 'retransmit'],
  ['data of a connection that nobody has accepted', { inode: 0, timer: timer('retransmit') }, 'retransmit'],
  ['data of an orphan', { state: 'FIN_WAIT1', inode: 0, timer: timer('retransmit') }, 'retransmitOrphan'],
  ['keepalive', { timer: timer('keepalive') }, 'keepalive'],
  ['a SYN-ACK', { state: 'SYN_RECV', timer: timer('keepalive') }, 'synAck'],
  ['TIME_WAIT', { state: 'TIME_WAIT', timer: timer('time_wait') }, 'timeWait'],
  ['an orphan in FIN_WAIT2', { state: 'FIN_WAIT2', timer: timer('time_wait') }, 'finWait2'],
  ['a closed window', { timer: timer('probe') }, 'probe'],
])('what the timer does when it fires: %s', (_what, over, expected) => {
  expect(timerText(socket(over))).toBe(expected);
});

test('tcp_info is told in words, what says nothing left out', () => {
  const info = told({ rttSeconds: 0.0004, rttVarianceSeconds: 0.02, lastAckReceivedSeconds: 75, backoff: 2 });
  const said = Object.fromEntries(infoOf(info, false, texts, format).map(({ name, value }) => [name, value]));
  expect(said).toMatchObject({
    'Last ACK received': '1 min 15 s ago',
    'Last data received': 'not in its life',
    'Round-trip time': '0.4 ms ± 20 ms',
    'Retransmission timeout': '200 ms',
    'Sent again': '0 segments',
  });
  expect(said).not.toHaveProperty('Lost');
  expect(said).not.toHaveProperty('Memory');
  expect(infoOf(info, true, texts, format)).toEqual([]);
});

/** Every text with its path; functions are called with what a page would give them. */
function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(2, '2'))]];
  return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

test('both languages have the same texts, those in Chinese with its own punctuation', () => {
  const en = leaves(viewSocketsEn, '');
  const zh = leaves(viewSocketsZhCn, '');
  expect(zh.map(([path]) => path).sort()).toEqual(en.map(([path]) => path).sort());
  for (const [path, text] of zh) expect(text, path).not.toMatch(/\p{Script=Han}[,.;:?!]/u);
});
