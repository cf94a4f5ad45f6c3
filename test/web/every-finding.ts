import {
  CAUSES,
  type DetectorName,
  type Evidence,
  type Example,
  type Finding,
} from '../../server/model/finding.ts';
import type { State } from '../../server/model/state.ts';
import { finding } from '../given.ts';

const GROUPED = { process: 'app', pid: '42', role: 'client', peer: '10.0.0.1:5432', port: '5432' };
const SERVED = { process: 'nginx', pid: '7', role: 'server', peer: '*', port: '443' };
const TO = { role: 'client', local: '10.0.0.9', peer: '10.0.0.1:5432' };

/** Enough of what each detector tells to draw from. */
const EVIDENCE: Readonly<Record<DetectorName, Evidence>> = {
  close_wait_leak: { recvQueueBytes: 12_000, acceptQueue: 9, acceptQueueMax: 128 },
  time_wait_buildup: {
    portsUsed: 24_000,
    portsUsable: 28_232,
    maxTimeWait: 65_536,
    overflowPerSecond: 3,
    timeWaitReuse: 0,
  },
  port_exhaustion: { portsUsed: 24_000, portsUsable: 28_232, established: 20_000, closeWait: 4000 },
  syn_backlog: { synRecv: 200, remoteAddresses: 180, acceptQueue: 129, acceptQueueMax: 128 },
  accept_queue_full: { acceptQueue: 129, acceptQueueMax: 128, usedRatio: 1 },
  orphan_pressure: { finWait1: 9000, lastAck: 10, closing: 0, maxOrphans: 16_384 },
  tcp_memory_pressure: {},
  descriptor_exhaustion: {},
  reset_storm: { perSecond: 40 },
  conntrack_full: {},
  half_open: { retransmits: 7, probes: 4, lastAckReceivedSeconds: 95, kernelEndsInSeconds: 800 },
  zero_window: { sendQueueBytes: 200_000, recvQueueBytes: 131_000 },
  fin_wait_stuck: { retransmits: 5, kernelEndsInSeconds: 20, orphaned: true },
  last_ack_stuck: { retransmits: 5, kernelEndsInSeconds: 20, orphaned: true },
  closing_stuck: { retransmits: 5, kernelEndsInSeconds: 0.4, orphaned: true },
  syn_sent_stuck: { retransmits: 4, kernelEndsInSeconds: 90 },
};

const EXAMPLE_STATE: Partial<Record<DetectorName, State>> = {
  close_wait_leak: 'CLOSE_WAIT',
  time_wait_buildup: 'TIME_WAIT',
  half_open: 'ESTABLISHED',
  zero_window: 'ESTABLISHED',
  fin_wait_stuck: 'FIN_WAIT1',
  last_ack_stuck: 'LAST_ACK',
  closing_stuck: 'CLOSING',
  syn_sent_stuck: 'SYN_SENT',
};

export interface Cause {
  readonly detector: DetectorName;
  readonly cause: string;
}

export const EVERY_CAUSE: readonly Cause[] = (Object.keys(CAUSES) as DetectorName[]).flatMap((detector) =>
  CAUSES[detector].map((cause: string) => ({ detector, cause })),
);

/** A finding of a cause, with one example where its sockets are of one state. */
export function findingOf({ detector, cause }: Cause, over: Partial<Finding> = {}): Finding {
  const state = EXAMPLE_STATE[detector];
  const isServed = /accept|backlog/.test(detector) || ['never_accepted', 'serving_side'].includes(cause);
  const isTo = detector === 'port_exhaustion' || cause === 'client_ports';
  return finding('10.0.0.1', {
    detector,
    cause,
    severity: cause === 'idle' || cause === 'serving_side' ? 'info' : 'warning',
    labels: isServed ? SERVED : isTo ? TO : GROUPED,
    evidence: EVIDENCE[detector],
    examples: state === undefined ? [] : [exampleIn(state, cause)],
    ...over,
  });
}

function exampleIn(state: State, cause: string): Example {
  const recvQueueBytes = { unread_data: 4097, fin_unread: 1, never_accepted: 1, not_reading: 131_000 }[cause];
  const sendQueueBytes = { sending: 512, peer_not_reading: 200_000, undelivered: 1, window_closed: 64_001 }[
    cause
  ];
  return {
    id: '1a',
    state,
    local: { address: '10.0.0.9', port: 41_234 },
    remote: { address: '10.0.0.1', port: 5432 },
    ageSeconds: 11_000,
    ageExact: false,
    recvQueueBytes: recvQueueBytes ?? 0,
    sendQueueBytes: sendQueueBytes ?? 0,
  };
}
