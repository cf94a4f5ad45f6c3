import type { FindingsAnswer, HistoryApiAnswer } from '../../server/model/api.ts';
import type { LiveState } from '../../server/model/live.ts';
import type { Flow, Observation, OpenRates } from '../../server/model/observation.ts';
import { NO_LIMITS, OWNER_GAPS } from '../../server/model/snapshot.ts';
import { stateLabel, STATES, zeroByState, type State } from '../../server/model/state.ts';

/** What the history has of a moment; the first of them is there on every pass. */
export const PAST_SERIES = [
  'tcp_sockets',
  'tcp_sockets_by_family',
  'tcp_oldest_socket_age_seconds',
  'tcp_state_transitions_per_second',
  'tcp_active_opens_per_second',
  'tcp_passive_opens_per_second',
  'tcp_attempt_fails_per_second',
  'tcp_established_resets_per_second',
  'tcp_listen_overflows_per_second',
  'tcp_time_wait_overflows_per_second',
  'tcp_orphans',
  'tcp_memory_pages',
] as const;

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** The last value of a series until that moment. */
type ValueOf = (name: string) => number | null;

/**
 * The state of the page at a past moment, as far as it is kept: counts, ages, transitions, rates and findings. What is not kept
 * is empty. null where nobody was watching then. `apartMs`: how old the last sample may be, for one that is of that moment.
 */
export function pastState(
  answer: HistoryApiAnswer,
  findings: FindingsAnswer,
  now: LiveState,
  moment: number,
  apartMs: number,
): LiveState | null {
  const valueOf = valuesAt(answer, moment, Math.max(apartMs, 2 * answer.stepSeconds * 1000));
  const byState = zeroByState();
  for (const state of STATES) {
    const count = valueOf(`tcp_sockets{state="${stateLabel(state)}"}`);
    if (count === null) return null;
    byState[state] = Math.round(count);
  }
  const byStateFamily = { ipv4: zeroByState(), ipv6: zeroByState() };
  for (const family of FAMILIES) {
    for (const state of STATES) {
      const name = `tcp_sockets_by_family{family="${family}",state="${stateLabel(state)}"}`;
      byStateFamily[family][state] = Math.round(valueOf(name) ?? 0);
    }
  }
  const orphans = valueOf('tcp_orphans');
  const memoryPages = valueOf('tcp_memory_pages');
  return {
    ...NOTHING,
    status: now.status,
    host: now.host,
    source: now.source,
    alerts: [],
    at: moment,
    fullAt: moment,
    intervalSeconds: now.intervalSeconds,
    passes: now.passes,
    monotonicSeconds: 0,
    watchedSeconds: 0,
    sockets: {
      total: sum(byState),
      byState,
      byFamily: { ipv4: sum(byStateFamily.ipv4), ipv6: sum(byStateFamily.ipv6) },
      byStateFamily,
    },
    oldest: agesOf(valueOf),
    flows: flowsOf(answer, valueOf),
    rates: ratesOf(valueOf),
    findings: findings.findings,
    sockstat: orphans === null ? null : { orphans, memoryPages: memoryPages ?? 0 },
  };
}

function valuesAt({ at, series }: HistoryApiAnswer, moment: number, apartMs: number): ValueOf {
  const found = new Map(series.map(({ name, mean }) => [name, mean]));
  return (name) => {
    const values = found.get(name) ?? [];
    for (let i = at.length - 1; i >= 0; i--) {
      if (at[i]! > moment) continue;
      if (moment - at[i]! > apartMs) return null;
      const value = values[i] ?? null;
      if (value !== null) return value;
    }
    return null;
  };
}

function agesOf(valueOf: ValueOf): Observation['oldest'] {
  const ages = STATES.map((state) => {
    const seconds = valueOf(`tcp_oldest_socket_age_seconds{state="${stateLabel(state)}"}`);
    return [state, seconds === null ? null : { seconds, exact: false }] as const;
  });
  return Object.fromEntries(ages) as Observation['oldest'];
}

function flowsOf({ series }: HistoryApiAnswer, valueOf: ValueOf): Flow[] {
  const stateOf = (label: string): State | null =>
    STATES.find((state) => stateLabel(state) === label) ?? null;
  return series.flatMap(({ name }) => {
    const [, from, to] = /^tcp_state_transitions_per_second\{from="(\w+)",to="(\w+)"\}$/.exec(name) ?? [];
    const perSecond = from === undefined ? null : valueOf(name);
    return perSecond && from && to ? [{ from: stateOf(from), to: stateOf(to), perSecond }] : [];
  });
}

function ratesOf(valueOf: ValueOf): OpenRates | null {
  const activeOpens = valueOf('tcp_active_opens_per_second');
  if (activeOpens === null) return null;
  return {
    activeOpens,
    passiveOpens: valueOf('tcp_passive_opens_per_second') ?? 0,
    attemptFails: valueOf('tcp_attempt_fails_per_second') ?? 0,
    estabResets: valueOf('tcp_established_resets_per_second') ?? 0,
    listenOverflows: valueOf('tcp_listen_overflows_per_second') ?? 0,
    timeWaitOverflows: valueOf('tcp_time_wait_overflows_per_second') ?? 0,
  };
}

const sum = (byState: Readonly<Record<State, number>>) =>
  STATES.reduce((all, state) => all + byState[state], 0);

/** What is not kept. */
const NOTHING = {
  kind: 'full',
  complete: true,
  gapSeconds: null,
  processes: [],
  otherProcesses: zeroByState(),
  listeners: [],
  ports: [],
  considered: [],
  undecided: [],
  undecidedNamespaces: [],
  namespaces: [],
  namespacesTotal: 0,
  units: [],
  ownership: {
    sockets: Object.fromEntries(OWNER_GAPS.map((gap) => [gap, 0])) as Observation['ownership']['sockets'],
    processesDenied: 0,
    processesDeniedAlthoughHeld: 0,
    missingCapabilities: [],
    processesHidden: false,
  },
  limits: NO_LIMITS,
  conntrackEntries: null,
  cost: { cpuSecondsTotal: 0, passSeconds: 0 },
} as const satisfies Partial<Observation>;
