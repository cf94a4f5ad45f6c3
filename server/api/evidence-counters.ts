import type { AlertEvidence } from '../model/evidence.ts';
import type { KernelLimits } from '../model/snapshot.ts';
import { STATES } from '../model/state.ts';
import type { Words } from './evidence-words.ts';
import { markup, type Markup } from './markup.ts';

type Counters = NonNullable<AlertEvidence['counters']>;
type Numbers = readonly (readonly [name: string, value: string])[];

/** Counts by state, rates and limits: those of the host, and of the finding's network namespace. */
export function countersSection({ counters, namespace }: AlertEvidence, words: Words): Markup {
  const { own, format } = words;
  return markup`${
    namespace &&
    markup`<h3>${own.namespace(namespace.name)}</h3>
<p class="note">${own.namespaceAt(namespace.readAt === null ? own.unknown : words.time(namespace.readAt), format.number(namespace.sockets))}</p>
<div class="columns">${numbersOf(namespace, null, words)}</div>
<h3>${words.page.where.namespaceKinds.host}</h3>`
  }${
    counters
      ? markup`<p class="note">${own.countersAt(words.time(counters.at), format.number(counters.total))}</p>
<div class="columns">${numbersOf(counters, counters.sockstat, words)}</div>`
      : markup`<p>${own.countersMissing}</p>`
  }`;
}

function numbersOf(
  { byState, rates, limits }: Pick<Counters, 'byState' | 'rates' | 'limits'>,
  sockstat: Counters['sockstat'],
  { own, format }: Words,
): Markup[] {
  const { number } = format;
  return [
    numbers(
      own.states,
      STATES.map((state) => [state, number(byState[state])]),
    ),
    numbers(own.rates, rates ? RATE_NAMES.map(([key, name]) => [name, number(rates[key])]) : []),
    numbers(
      own.kernel,
      sockstat
        ? [
            [own.orphans, number(sockstat.orphans)],
            [own.memoryPages, number(sockstat.memoryPages)],
          ]
        : [],
    ),
    numbers(own.limits, limitsOf(limits)),
  ].filter((each) => each !== null);
}

function numbers(heading: string, entries: Numbers): Markup | null {
  if (entries.length === 0) return null;
  return markup`<div><h3>${heading}</h3>
<dl class="numbers">${entries.map(
    ([name, value]) =>
      markup`<dt${value === '0' && markup` class="faint"`}>${name}</dt><dd${value === '0' && markup` class="faint"`}>${value}</dd>`,
  )}</dl></div>
`;
}

/** As /proc/net/snmp and netstat name them. */
const RATE_NAMES = [
  ['activeOpens', 'ActiveOpens'],
  ['passiveOpens', 'PassiveOpens'],
  ['attemptFails', 'AttemptFails'],
  ['estabResets', 'EstabResets'],
  ['listenOverflows', 'ListenOverflows'],
  ['timeWaitOverflows', 'TCPTimeWaitOverflow'],
] as const;

/** As sysctl(8) names and prints them, those that are known. */
function limitsOf(limits: KernelLimits): Numbers {
  const { portRange, memoryPages, keepalive } = limits;
  const values: readonly (readonly [string, number | string | null | undefined])[] = [
    ['ip_local_port_range', portRange && `${portRange.low} ${portRange.high}`],
    ['tcp_max_tw_buckets', limits.maxTimeWait],
    ['tcp_tw_reuse', limits.timeWaitReuse],
    ['tcp_fin_timeout', limits.finTimeoutSeconds],
    ['tcp_max_orphans', limits.maxOrphans],
    ['tcp_orphan_retries', limits.orphanRetries],
    ['tcp_mem', memoryPages && `${memoryPages.low} ${memoryPages.pressure} ${memoryPages.high}`],
    ['somaxconn', limits.somaxconn],
    ['tcp_max_syn_backlog', limits.maxSynBacklog],
    ['tcp_syncookies', limits.synCookies],
    ['tcp_syn_retries', limits.synRetries],
    ['tcp_syn_linear_timeouts', limits.synLinearTimeouts],
    ['tcp_retries1', limits.retries1],
    ['tcp_retries2', limits.retries2],
    ['tcp_keepalive_time', keepalive?.timeSeconds],
    ['tcp_keepalive_intvl', keepalive?.intervalSeconds],
    ['tcp_keepalive_probes', keepalive?.probes],
    ['nf_conntrack_max', limits.maxConntrack],
  ];
  return values.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)] as const],
  );
}
