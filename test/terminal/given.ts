import { findingsOf } from '../../server/api/findings.ts';
import type { Language } from '../../server/model/alert.ts';
import type { Considered, Example } from '../../server/model/finding.ts';
import { unseenOf } from '../../server/model/unseen.ts';
import type { Look } from '../../server/terminal/report.ts';
import { finding, observation } from '../given.ts';

const example = (port: number): Example => ({
  id: String(port),
  state: 'CLOSE_WAIT',
  local: { address: '10.0.0.2', port },
  remote: { address: '2001:db8::1', port: 5432 },
  ageSeconds: 125,
  ageExact: port === 40_000,
  recvQueueBytes: 0,
  sendQueueBytes: 0,
});

const CONSIDERED: readonly Considered[] = [
  {
    detector: 'close_wait_leak',
    reason: 'too_young',
    labels: { process: 'orders-api', pid: '7', role: 'client', peer: '10.0.0.1:5432', port: '5432' },
    measure: 'seconds',
    value: 12,
    threshold: 60,
    count: 9,
    state: 'CLOSE_WAIT',
  },
  {
    detector: 'time_wait_buildup',
    reason: 'harmless',
    labels: { role: 'server', local: '0.0.0.0', port: '443' },
    measure: 'sockets',
    value: 312,
    threshold: null,
    count: 312,
    state: 'TIME_WAIT',
  },
  {
    detector: 'time_wait_buildup',
    reason: 'below_limit',
    labels: { role: 'client', local: '10.0.0.2', peer: '10.0.0.9:80' },
    measure: 'ratio',
    value: 0.01,
    threshold: 0.5,
    count: 3,
    state: 'TIME_WAIT',
  },
];

/** A look at a host with a leak, what follows from it, something harmless, and much that could not be seen. */
export function busyLook(language: Language): Look {
  const leak = finding('10.0.0.1', {
    severity: 'critical',
    certainty: 'strong',
    evidence: { drained: 12, finUnread: 0, unit: 'app.service', descriptorsUsed: 900, descriptorLimit: 1024 },
    examples: [example(40_000), example(40_001), example(40_002), example(40_003)],
    forecast: {
      limit: 'descriptors',
      used: 900,
      max: 1024,
      perSecond: 0.2,
      inSeconds: 620,
      soonestSeconds: 560,
      latestSeconds: 700,
    },
  });
  const consequence = finding('10.0.0.9', { causedBy: leak.fingerprint, count: 6 });
  const harmless = finding('', {
    detector: 'time_wait_buildup',
    cause: 'serving_side',
    severity: 'info',
    labels: { role: 'server', local: '0.0.0.0', port: '8080' },
    evidence: { timeWait: 2000, bytesAtLeast: 336_000, bytesAtMost: 512_000, process: 'web', pid: 8 },
    filter: 'state time-wait and sport = :8080',
  });
  const seen = observation({
    sockets: { ...observation().sockets, total: 4321 },
    watchedSeconds: 5,
    findings: [leak, harmless, consequence],
    considered: CONSIDERED,
    undecided: ['close_wait_leak'],
    undecidedNamespaces: ['web'],
    ownership: {
      ...observation().ownership,
      sockets: { ...observation().ownership.sockets, permission: 41 },
      missingCapabilities: [
        { capability: 'CAP_DAC_READ_SEARCH', processes: 98 },
        { capability: 'CAP_SYS_PTRACE', processes: 1 },
      ],
      processesHidden: true,
    },
    source: { name: 'proc', why: 'koffi is not installed' },
  });
  return {
    host: 'db1',
    sockets: seen.sockets.total,
    watchedSeconds: seen.watchedSeconds,
    answer: findingsOf(seen, { state: 'up', observationAgeSeconds: 0 }, { language, considered: true }),
    enoughSeconds: 65,
    undecidedNamespaces: seen.undecidedNamespaces,
    unseen: unseenOf(seen, false),
  };
}
