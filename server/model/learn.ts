import type { DetectorName } from './finding.ts';
import type { KernelLimits } from './snapshot.ts';
import { STATES, type State } from './state.ts';

/**
 * What /learn explains: the topics in their order, and of each what is the same in every language. The words are in texts/learn/.
 */

export const TOPICS = {
  life: [
    'three-way-handshake',
    'four-way-close',
    'who-closes-first',
    'simultaneous-close',
    'half-closed',
    'half-open',
    'all-delivered',
    'peer-gone',
    'orphan',
  ],
  state: [...STATES, 'NEW_SYN_RECV', 'bound-only'],
  flag: ['syn', 'ack', 'fin', 'rst', 'psh-urg'],
  timer: [
    'retransmission-timer',
    'syn-ack-timer',
    'delayed-ack',
    'keepalive',
    'zero-window',
    'user-timeout',
    'fin-wait2-timer',
    'time-wait-2msl',
  ],
  queue: ['accept-queue', 'syn-queue', 'recv-q', 'send-q'],
  limit: [
    'ephemeral-ports',
    'descriptor-limit',
    'time-wait-table',
    'orphan-limit',
    'tcp-memory',
    'syn-cookies',
    'conntrack',
  ],
  seeing: ['ss', 'tcp-info', 'age'],
  // Named here, and not taken from finding.ts: its schemas would come along into the browser.
  detector: [
    'close_wait_leak',
    'time_wait_buildup',
    'port_exhaustion',
    'syn_backlog',
    'accept_queue_full',
    'orphan_pressure',
    'tcp_memory_pressure',
    'descriptor_exhaustion',
    'reset_storm',
    'conntrack_full',
    'half_open',
    'zero_window',
    'fin_wait_stuck',
    'last_ack_stuck',
    'closing_stuck',
    'syn_sent_stuck',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>> & {
  readonly detector: readonly DetectorName[];
};

export type TopicKind = keyof typeof TOPICS;
export type TopicIn<K extends TopicKind> = (typeof TOPICS)[K][number];
export type Topic = TopicIn<TopicKind>;
export const TOPIC_KINDS = Object.keys(TOPICS) as TopicKind[];
export const ALL_TOPICS: readonly Topic[] = TOPIC_KINDS.flatMap((kind): readonly Topic[] => TOPICS[kind]);

export function isTopic(word: string): word is Topic {
  return (ALL_TOPICS as readonly string[]).includes(word);
}

export function isState(topic: string): topic is State {
  return (STATES as readonly string[]).includes(topic);
}

export function isDetector(topic: string): topic is DetectorName {
  return (TOPICS.detector as readonly string[]).includes(topic);
}

const RFC = 'https://www.rfc-editor.org/rfc/';
const KERNEL = 'https://docs.kernel.org/networking/';
const MAN = 'https://man7.org/linux/man-pages/';

/** Where it is written down, by a short name that is shown. */
export const SOURCES = {
  'RFC 9293 §3.3.2': `${RFC}rfc9293#section-3.3.2`,
  'RFC 9293 §3.4': `${RFC}rfc9293#section-3.4`,
  'RFC 9293 §3.5': `${RFC}rfc9293#section-3.5`,
  'RFC 9293 §3.5.1': `${RFC}rfc9293#section-3.5.1`,
  'RFC 9293 §3.5.2': `${RFC}rfc9293#section-3.5.2`,
  'RFC 9293 §3.6': `${RFC}rfc9293#section-3.6`,
  'RFC 9293 §3.6.1': `${RFC}rfc9293#section-3.6.1`,
  'RFC 9293 §3.8': `${RFC}rfc9293#section-3.8`,
  'RFC 9293 §3.8.4': `${RFC}rfc9293#section-3.8.4`,
  'RFC 9293 §3.8.6': `${RFC}rfc9293#section-3.8.6`,
  'RFC 9293 §3.10.7': `${RFC}rfc9293#section-3.10.7`,
  'RFC 1337': `${RFC}rfc1337`,
  'RFC 4987': `${RFC}rfc4987`,
  'RFC 5482': `${RFC}rfc5482`,
  'RFC 5961': `${RFC}rfc5961`,
  'RFC 6056': `${RFC}rfc6056`,
  'RFC 6298': `${RFC}rfc6298`,
  'Linux: ip-sysctl': `${KERNEL}ip-sysctl.html`,
  'Linux: SNMP counters': `${KERNEL}snmp_counter.html`,
  'Linux: nf_conntrack': `${KERNEL}nf_conntrack-sysctl.html`,
  'tcp(7)': `${MAN}man7/tcp.7.html`,
  'socket(7)': `${MAN}man7/socket.7.html`,
  'listen(2)': `${MAN}man2/listen.2.html`,
  'accept(2)': `${MAN}man2/accept.2.html`,
  'shutdown(2)': `${MAN}man2/shutdown.2.html`,
  'getrlimit(2)': `${MAN}man2/getrlimit.2.html`,
  'proc_net(5)': `${MAN}man5/proc_pid_net.5.html`,
  'sock_diag(7)': `${MAN}man7/sock_diag.7.html`,
  'ss(8)': `${MAN}man8/ss.8.html`,
} as const;
type Source = keyof typeof SOURCES;

/** What the simulator plays beside a topic; its stories are in web/views/learn/machine/stories.ts. */
export const STORY_NAMES = [
  'open',
  'close',
  'server_closes_first',
  'both_close',
  'half_open',
  'close_wait_leak',
  'lost_last_ack',
  'old_duplicate',
  'unread_data',
  'refused',
] as const;
export type StoryName = (typeof STORY_NAMES)[number];

export interface TopicFacts {
  /** In the filter language: the sockets of this host that it is about. */
  readonly filter?: string;
  /** For a terminal; the texts say of each what it shows. */
  readonly commands?: readonly string[];
  readonly sources: readonly Source[];
  readonly story?: StoryName;
  /** Kernel settings of this host that decide here. */
  readonly settings?: readonly (keyof KernelLimits)[];
  /** Detectors whose findings are about it. */
  readonly detectors?: readonly DetectorName[];
}

export const TOPIC_FACTS: Readonly<Record<Topic, TopicFacts>> = {
  'three-way-handshake': {
    commands: ['ss -tan state syn-sent state syn-recv'],
    sources: ['RFC 9293 §3.5', 'RFC 9293 §3.4'],
    story: 'open',
    settings: ['synRetries'],
    detectors: ['syn_sent_stuck', 'syn_backlog'],
  },
  'four-way-close': {
    commands: ['ss -tan state closing state fin-wait-1 state fin-wait-2 state last-ack'],
    sources: ['RFC 9293 §3.6', 'RFC 9293 §3.3.2'],
    story: 'close',
    detectors: ['close_wait_leak', 'fin_wait_stuck', 'last_ack_stuck'],
  },
  'who-closes-first': {
    commands: ["ss -tan state time-wait '( sport = :443 )'"],
    sources: ['RFC 9293 §3.6', 'RFC 9293 §3.6.1'],
    story: 'server_closes_first',
    detectors: ['time_wait_buildup'],
  },
  'simultaneous-close': {
    commands: ['ss -tan state closing'],
    sources: ['RFC 9293 §3.6'],
    story: 'both_close',
    detectors: ['closing_stuck'],
  },
  'half-closed': {
    filter: 'state close-wait or state fin-wait-2',
    commands: ['ss -tanp state close-wait', 'ss -tanpo state fin-wait-2'],
    sources: ['RFC 9293 §3.6', 'shutdown(2)'],
    story: 'close_wait_leak',
    detectors: ['close_wait_leak', 'fin_wait_stuck'],
  },
  'half-open': {
    commands: ["ss -tino state established '( dport = :5432 )'"],
    sources: ['RFC 9293 §3.5.1', 'tcp(7)'],
    story: 'half_open',
    settings: ['retries2', 'keepalive'],
    detectors: ['half_open'],
  },
  'all-delivered': {
    sources: ['RFC 9293 §3.6', 'RFC 9293 §3.6.1', 'socket(7)'],
    story: 'unread_data',
    detectors: ['reset_storm'],
  },
  'peer-gone': {
    sources: ['RFC 9293 §3.8', 'tcp(7)'],
    story: 'half_open',
    detectors: ['half_open'],
  },
  orphan: {
    commands: ['ss -tano state fin-wait-1 state last-ack state closing', 'cat /proc/net/sockstat'],
    sources: ['Linux: ip-sysctl', 'tcp(7)'],
    settings: ['orphanRetries', 'maxOrphans'],
    detectors: ['orphan_pressure', 'fin_wait_stuck', 'last_ack_stuck'],
  },
  LISTEN: {
    filter: 'state listening',
    commands: ['ss -ltnp'],
    sources: ['RFC 9293 §3.3.2', 'listen(2)'],
    story: 'refused',
    settings: ['somaxconn'],
    detectors: ['accept_queue_full'],
  },
  SYN_SENT: {
    filter: 'state syn-sent',
    commands: ['ss -tanpo state syn-sent'],
    sources: ['RFC 9293 §3.5', 'Linux: ip-sysctl'],
    story: 'refused',
    settings: ['synRetries', 'synLinearTimeouts'],
    detectors: ['syn_sent_stuck'],
  },
  SYN_RECV: {
    filter: 'state syn-recv',
    commands: ['ss -tano state syn-recv'],
    sources: ['RFC 9293 §3.5', 'RFC 4987'],
    story: 'open',
    settings: ['synCookies', 'maxSynBacklog'],
    detectors: ['syn_backlog'],
  },
  ESTABLISHED: {
    filter: 'state established',
    commands: ['ss -tinpo state established'],
    sources: ['RFC 9293 §3.3.2'],
    settings: ['retries2', 'keepalive'],
    detectors: ['half_open', 'zero_window', 'port_exhaustion'],
  },
  FIN_WAIT1: {
    filter: 'state fin-wait-1',
    commands: ['ss -tanpo state fin-wait-1'],
    sources: ['RFC 9293 §3.6', 'Linux: ip-sysctl'],
    story: 'close',
    settings: ['orphanRetries'],
    detectors: ['fin_wait_stuck'],
  },
  FIN_WAIT2: {
    filter: 'state fin-wait-2',
    commands: ['ss -tanpo state fin-wait-2'],
    sources: ['RFC 9293 §3.6', 'Linux: ip-sysctl'],
    story: 'close_wait_leak',
    settings: ['finTimeoutSeconds'],
    detectors: ['fin_wait_stuck'],
  },
  CLOSING: {
    filter: 'state closing',
    commands: ['ss -tano state closing'],
    sources: ['RFC 9293 §3.6'],
    story: 'both_close',
    settings: ['orphanRetries'],
    detectors: ['closing_stuck'],
  },
  TIME_WAIT: {
    filter: 'state time-wait',
    commands: ['ss -tano state time-wait', 'ss -Htan state time-wait | wc -l'],
    sources: ['RFC 9293 §3.6.1', 'RFC 1337', 'Linux: ip-sysctl'],
    story: 'lost_last_ack',
    settings: ['maxTimeWait', 'timeWaitReuse'],
    detectors: ['time_wait_buildup'],
  },
  CLOSE_WAIT: {
    filter: 'state close-wait',
    commands: ['ss -tanp state close-wait', 'ls /proc/PID/fd | wc -l'],
    sources: ['RFC 9293 §3.3.2', 'RFC 9293 §3.6'],
    story: 'close_wait_leak',
    detectors: ['close_wait_leak', 'descriptor_exhaustion'],
  },
  LAST_ACK: {
    filter: 'state last-ack',
    commands: ['ss -tano state last-ack'],
    sources: ['RFC 9293 §3.6', 'Linux: ip-sysctl'],
    story: 'lost_last_ack',
    settings: ['orphanRetries'],
    detectors: ['last_ack_stuck'],
  },
  CLOSE: {
    filter: 'state closed',
    commands: ['ss -tanp state closed'],
    sources: ['RFC 9293 §3.3.2'],
    detectors: ['port_exhaustion'],
  },
  NEW_SYN_RECV: {
    filter: 'state syn-recv',
    commands: ['ss -tan state syn-recv'],
    sources: ['sock_diag(7)', 'RFC 9293 §3.5'],
    story: 'open',
    detectors: ['syn_backlog'],
  },
  'bound-only': {
    filter: 'state closed',
    commands: ['ss -tnpB'],
    sources: ['sock_diag(7)', 'Linux: ip-sysctl'],
    settings: ['portRange'],
    detectors: ['port_exhaustion'],
  },
  syn: { sources: ['RFC 9293 §3.4', 'RFC 9293 §3.5'], story: 'open' },
  ack: { sources: ['RFC 9293 §3.4', 'RFC 9293 §3.8'], story: 'open' },
  fin: { sources: ['RFC 9293 §3.6', 'shutdown(2)'], story: 'close' },
  rst: {
    commands: ["nstat -az 'TcpExtTCPAbort*' TcpOutRsts TcpEstabResets"],
    sources: ['RFC 9293 §3.5.2', 'RFC 5961', 'Linux: SNMP counters'],
    story: 'unread_data',
    detectors: ['reset_storm'],
  },
  'psh-urg': { sources: ['RFC 9293 §3.8', 'tcp(7)'] },
  'retransmission-timer': {
    commands: ['ss -tino state established', 'nstat -az TcpRetransSegs TcpExtTCPTimeouts'],
    sources: ['RFC 6298', 'Linux: ip-sysctl'],
    story: 'half_open',
    settings: ['retries1', 'retries2', 'orphanRetries'],
    detectors: ['half_open', 'last_ack_stuck'],
  },
  'syn-ack-timer': {
    commands: ['ss -tano state syn-recv'],
    sources: ['Linux: ip-sysctl', 'RFC 4987'],
    detectors: ['syn_backlog'],
  },
  'delayed-ack': { commands: ['ss -tin state established'], sources: ['RFC 9293 §3.8', 'tcp(7)'] },
  keepalive: {
    commands: ['ss -tnop state established', 'sysctl net.ipv4.tcp_keepalive_time'],
    sources: ['RFC 9293 §3.8.4', 'tcp(7)', 'Linux: ip-sysctl'],
    story: 'half_open',
    settings: ['keepalive'],
    detectors: ['half_open'],
  },
  'zero-window': {
    commands: ['ss -tinop state established', 'nstat -az TcpExtTCPToZeroWindowAdv'],
    sources: ['RFC 9293 §3.8.6'],
    settings: ['receiveBufferBytes', 'retries2'],
    detectors: ['zero_window'],
  },
  'user-timeout': { sources: ['RFC 5482', 'tcp(7)'], settings: ['retries2'], detectors: ['half_open'] },
  'fin-wait2-timer': {
    filter: 'state fin-wait-2',
    commands: ['ss -tanpo state fin-wait-2', 'sysctl net.ipv4.tcp_fin_timeout'],
    sources: ['Linux: ip-sysctl', 'tcp(7)'],
    story: 'close_wait_leak',
    settings: ['finTimeoutSeconds'],
    detectors: ['fin_wait_stuck'],
  },
  'time-wait-2msl': {
    filter: 'state time-wait',
    commands: ['ss -tano state time-wait'],
    sources: ['RFC 9293 §3.6.1', 'RFC 9293 §3.4', 'RFC 1337'],
    story: 'old_duplicate',
    settings: ['timeWaitReuse'],
    detectors: ['time_wait_buildup'],
  },
  'accept-queue': {
    commands: ['ss -ltn', 'nstat -az TcpExtListenOverflows TcpExtListenDrops'],
    sources: ['listen(2)', 'Linux: SNMP counters'],
    settings: ['somaxconn'],
    detectors: ['accept_queue_full'],
  },
  'syn-queue': {
    commands: ['ss -tan state syn-recv', 'nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies'],
    sources: ['listen(2)', 'RFC 4987', 'Linux: ip-sysctl'],
    settings: ['somaxconn', 'maxSynBacklog', 'synCookies'],
    detectors: ['syn_backlog'],
  },
  'recv-q': {
    filter: 'not state listening and recvq > 0',
    commands: ['ss -tanp'],
    sources: ['ss(8)', 'proc_net(5)'],
    settings: ['receiveBufferBytes'],
    detectors: ['close_wait_leak', 'zero_window'],
  },
  'send-q': {
    filter: 'not state listening and sendq > 0',
    commands: ['ss -tanpo'],
    sources: ['ss(8)', 'proc_net(5)'],
    detectors: ['half_open', 'zero_window', 'last_ack_stuck'],
  },
  'ephemeral-ports': {
    commands: [
      'sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports',
      "ss -Htan '( dport = :5432 )' | wc -l",
    ],
    sources: ['RFC 6056', 'Linux: ip-sysctl'],
    settings: ['portRange', 'reservedPorts', 'timeWaitReuse'],
    detectors: ['port_exhaustion', 'time_wait_buildup'],
  },
  'descriptor-limit': {
    commands: ['ls /proc/PID/fd | wc -l', "grep 'open files' /proc/PID/limits"],
    sources: ['getrlimit(2)', 'accept(2)'],
    detectors: ['descriptor_exhaustion', 'close_wait_leak'],
  },
  'time-wait-table': {
    commands: ['sysctl net.ipv4.tcp_max_tw_buckets', 'nstat -az TcpExtTCPTimeWaitOverflow'],
    sources: ['Linux: ip-sysctl', 'Linux: SNMP counters'],
    settings: ['maxTimeWait'],
    detectors: ['time_wait_buildup'],
  },
  'orphan-limit': {
    commands: ['cat /proc/net/sockstat', 'sysctl net.ipv4.tcp_max_orphans'],
    sources: ['Linux: ip-sysctl'],
    settings: ['maxOrphans'],
    detectors: ['orphan_pressure'],
  },
  'tcp-memory': {
    commands: ['cat /proc/net/sockstat', 'sysctl net.ipv4.tcp_mem'],
    sources: ['Linux: ip-sysctl', 'tcp(7)'],
    settings: ['memoryPages'],
    detectors: ['tcp_memory_pressure'],
  },
  'syn-cookies': {
    commands: ['sysctl net.ipv4.tcp_syncookies', 'nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv'],
    sources: ['RFC 4987', 'Linux: ip-sysctl'],
    settings: ['synCookies'],
    detectors: ['syn_backlog'],
  },
  conntrack: {
    commands: ['sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max', 'conntrack -S'],
    sources: ['Linux: nf_conntrack'],
    settings: ['maxConntrack'],
    detectors: ['conntrack_full'],
  },
  ss: { commands: ['ss -s', 'ss -tanpo', 'ss -K dst 10.0.0.7'], sources: ['ss(8)', 'sock_diag(7)'] },
  'tcp-info': { commands: ['ss -ti state established'], sources: ['tcp(7)', 'ss(8)'] },
  age: { filter: 'age > 3600s', sources: ['sock_diag(7)'] },
  close_wait_leak: { filter: 'state close-wait', sources: ['RFC 9293 §3.6'], story: 'close_wait_leak' },
  time_wait_buildup: {
    filter: 'state time-wait',
    sources: ['RFC 9293 §3.6.1', 'Linux: ip-sysctl'],
    story: 'server_closes_first',
    settings: ['portRange', 'maxTimeWait'],
  },
  port_exhaustion: { sources: ['Linux: ip-sysctl', 'RFC 6056'], settings: ['portRange', 'reservedPorts'] },
  syn_backlog: {
    filter: 'state syn-recv',
    sources: ['RFC 4987', 'Linux: SNMP counters'],
    settings: ['synCookies', 'somaxconn'],
  },
  accept_queue_full: {
    filter: 'state listening',
    sources: ['listen(2)', 'Linux: SNMP counters'],
    settings: ['somaxconn'],
  },
  orphan_pressure: { sources: ['Linux: ip-sysctl'], settings: ['maxOrphans', 'orphanRetries'] },
  tcp_memory_pressure: { sources: ['Linux: ip-sysctl', 'tcp(7)'], settings: ['memoryPages'] },
  descriptor_exhaustion: { sources: ['getrlimit(2)', 'accept(2)'] },
  reset_storm: { sources: ['RFC 9293 §3.5.2', 'Linux: SNMP counters'], story: 'unread_data' },
  conntrack_full: { sources: ['Linux: nf_conntrack'], settings: ['maxConntrack'] },
  half_open: {
    sources: ['RFC 9293 §3.5.1', 'tcp(7)'],
    story: 'half_open',
    settings: ['retries2', 'keepalive'],
  },
  zero_window: { sources: ['RFC 9293 §3.8.6'] },
  fin_wait_stuck: {
    filter: 'state fin-wait-1 or state fin-wait-2',
    sources: ['RFC 9293 §3.6', 'Linux: ip-sysctl'],
    settings: ['finTimeoutSeconds', 'orphanRetries'],
  },
  last_ack_stuck: {
    filter: 'state last-ack',
    sources: ['RFC 9293 §3.6', 'Linux: ip-sysctl'],
    story: 'lost_last_ack',
    settings: ['orphanRetries'],
  },
  closing_stuck: {
    filter: 'state closing',
    sources: ['RFC 9293 §3.6'],
    story: 'both_close',
    settings: ['orphanRetries'],
  },
  syn_sent_stuck: {
    filter: 'state syn-sent',
    sources: ['RFC 9293 §3.5', 'Linux: ip-sysctl'],
    settings: ['synRetries'],
  },
};
