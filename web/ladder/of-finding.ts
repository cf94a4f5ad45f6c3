import { formatEndpoint } from '../../server/model/address.ts';
import type { DetectorName, Finding } from '../../server/model/finding.ts';
import type { LadderTexts } from '../../server/model/texts/ladder.en.ts';
import { numberIn, reuses, textIn, type Format } from '../../server/model/texts/findings.ts';
import {
  closeWait,
  halfClosed,
  timeWait,
  undelivered,
  windowClosedAtClose,
  type Finishing,
} from './closing.ts';
import { heldOpen, notReading, peerNotReading, probing, silent, unacknowledged } from './open.ts';
import {
  acceptQueueFull,
  boundOnly,
  cookies,
  synDropped,
  synReceived,
  synSent,
  waitingForAccept,
} from './opening.ts';
import { together, type Facts } from './pen.ts';
import { orphanEnded, reset, type ResetCause } from './resets.ts';
import type { Scene } from './scene.ts';

interface Drawing {
  readonly finding: Finding;
  readonly texts: LadderTexts;
  readonly format: Format;
  readonly facts: Facts;
}

/** null: what the finding is about is no exchange between two ends, or this version does not know its cause. */
export function sceneOfFinding(finding: Finding, texts: LadderTexts, format: Format): Scene | null {
  const draw = (DRAW[finding.detector] as Draw | undefined) ?? null;
  return draw?.({ finding, texts, format, facts: factsOf(finding, texts, format) }) ?? null;
}

/** Fixed in Linux. */
const TIME_WAIT_SECONDS = 60;

type Draw = (drawing: Drawing) => Scene | null;

const DRAW: Readonly<Record<DetectorName, Draw | null>> = {
  close_wait_leak: ({ finding, texts, format, facts }) => {
    switch (finding.cause) {
      case 'never_accepted':
        return closeWait(texts, facts, finding.cause, queueOf(finding, texts, format));
      case 'unread_data':
      case 'fin_unread':
      case 'drained':
        return closeWait(texts, facts, finding.cause);
      default:
        return null;
    }
  },
  time_wait_buildup: (drawing) => timeWaits(drawing),
  port_exhaustion: ({ finding, texts, format, facts }) => {
    if (finding.cause === 'bound_only') return boundOnly(texts, facts);
    if (finding.cause !== 'held_open') return null;
    const peerClosed = (numberIn(finding, 'closeWait') ?? 0) > (numberIn(finding, 'established') ?? 0);
    return heldOpen(texts, facts, texts.stops.heldOpen(...portsOf(finding, format)), peerClosed);
  },
  syn_backlog: ({ finding, texts, format, facts }) => {
    switch (finding.cause) {
      case 'slow_accept':
        return acceptQueueFull(texts, facts, queueOf(finding, texts, format));
      case 'flood':
        return synReceived(texts, facts, format.number(numberIn(finding, 'remoteAddresses') ?? 0));
      case 'cookies':
        return cookies(texts, facts);
      case 'dropping':
        return synDropped(texts, facts);
      default:
        return null;
    }
  },
  accept_queue_full: ({ finding, texts, format, facts }) => {
    const queue = queueOf(finding, texts, format);
    switch (finding.cause) {
      case 'not_accepting':
        return waitingForAccept(texts, facts, queue);
      case 'nearly_full':
        return (numberIn(finding, 'usedRatio') ?? 0) >= 1
          ? acceptQueueFull(texts, facts, queue)
          : waitingForAccept(texts, facts, queue);
      case 'overflowing':
        return acceptQueueFull(texts, facts, queue);
      case 'bursts':
        return acceptQueueFull(texts, { ...facts, age: null }, '');
      default:
        return null;
    }
  },
  orphan_pressure: ({ finding, texts, format, facts }) => {
    const state = mostOf(finding);
    if (finding.cause === 'resetting') return orphanEnded(texts, facts, state);
    const use = texts.stops.orphan(
      format.number(finding.count),
      format.number(numberIn(finding, 'maxOrphans') ?? 0),
    );
    const scene = undelivered(texts, { ...facts, orphaned: true }, state);
    return {
      ...scene,
      steps: scene.steps.map((step) => (step.kind === 'stop' ? { ...step, label: use } : step)),
    };
  },
  tcp_memory_pressure: null,
  descriptor_exhaustion: null,
  reset_storm: ({ finding, texts, facts }) =>
    isResetCause(finding.cause) ? reset(texts, facts, finding.cause) : null,
  conntrack_full: null,
  half_open: ({ finding, texts, format, facts }) => {
    const state = finding.examples[0]?.state ?? 'ESTABLISHED';
    const silence = facts.age === null ? null : texts.silentFor(facts.age);
    switch (finding.cause) {
      case 'sending': {
        const ack = numberIn(finding, 'lastAckReceivedSeconds');
        const heard = ack === null ? silence : texts.lastAck(format.duration(ack));
        return unacknowledged(texts, facts, state, heard);
      }
      case 'probing':
        return probing(texts, facts, {
          state,
          silence,
          ofWindow: (numberIn(finding, 'sendQueueBytes') ?? 0) > 0,
        });
      case 'idle':
        return silent(texts, facts, silence);
      default:
        return null;
    }
  },
  zero_window: ({ finding, texts, facts }) => {
    if (finding.cause === 'not_reading') return notReading(texts, facts);
    if (finding.cause !== 'peer_not_reading') return null;
    return peerNotReading(texts, facts, finding.examples[0]?.state ?? 'ESTABLISHED');
  },
  fin_wait_stuck: (drawing) =>
    drawing.finding.cause === 'peer_not_closing'
      ? halfClosed(drawing.texts, drawing.facts, null)
      : finishing(drawing, 'FIN_WAIT1'),
  last_ack_stuck: (drawing) => finishing(drawing, 'LAST_ACK'),
  closing_stuck: (drawing) => finishing(drawing, 'CLOSING'),
  syn_sent_stuck: ({ finding, texts, facts }) =>
    finding.cause === 'unanswered' ? synSent(texts, facts) : null,
};

function finishing({ finding, texts, facts }: Drawing, state: Finishing): Scene | null {
  if (finding.cause === 'undelivered') return undelivered(texts, facts, state);
  return finding.cause === 'window_closed' ? windowClosedAtClose(texts, facts, state) : null;
}

function timeWaits({ finding, texts, format, facts }: Drawing): Scene | null {
  const { stops, turns } = texts;
  const lasts = format.duration(TIME_WAIT_SECONDS);
  switch (finding.cause) {
    case 'client_ports': {
      const turn = reuses(finding) ? together(texts, turns.clock, turns.reuseAfterSecond) : turns.clock;
      return timeWait(texts, facts, { stop: stops.timeWaitPorts(...portsOf(finding, format)), turn, lasts });
    }
    case 'serving_side':
      return timeWait(texts, facts, { stop: stops.timeWaitServed, turn: turns.clock, lasts });
    case 'table_full': {
      const most = numberIn(finding, 'maxTimeWait');
      if ((numberIn(finding, 'overflowPerSecond') ?? 0) > 0)
        return timeWait(texts, facts, {
          stop: stops.timeWaitOverflow,
          turn: turns.raiseTable,
          lasts,
          overflow: true,
        });
      const stop = stops.timeWaitTable(
        format.number(finding.count),
        most === null ? '?' : format.number(most),
      );
      return timeWait(texts, facts, { stop, turn: turns.clock, lasts });
    }
    default:
      return null;
  }
}

const RESET_CAUSES: readonly string[] = [
  'unread_at_close',
  'linger_zero',
  'data_after_close',
  'timed_out',
  'refused',
] satisfies ResetCause[];

function isResetCause(cause: string): cause is ResetCause {
  return RESET_CAUSES.includes(cause);
}

/** The state that most orphans are in. */
function mostOf(finding: Finding): Finishing {
  const of = (key: 'finWait1' | 'lastAck' | 'closing') => numberIn(finding, key) ?? 0;
  if (of('lastAck') > of('finWait1') && of('lastAck') >= of('closing')) return 'LAST_ACK';
  return of('closing') > of('finWait1') ? 'CLOSING' : 'FIN_WAIT1';
}

function portsOf(finding: Finding, format: Format): [used: string, usable: string] {
  return [
    format.number(numberIn(finding, 'portsUsed') ?? 0),
    format.number(numberIn(finding, 'portsUsable') ?? 0),
  ];
}

function queueOf(finding: Finding, texts: LadderTexts, format: Format): string {
  const waiting = numberIn(finding, 'acceptQueue');
  const most = numberIn(finding, 'acceptQueueMax');
  if (waiting === null) return '';
  // The kernel lets one more in than the maximum says.
  return texts.stops.acceptQueue(format.number(waiting), most === null ? '' : format.number(most + 1));
}

/** One connection is drawn: the oldest, where examples are known. */
function factsOf(finding: Finding, texts: LadderTexts, format: Format): Facts {
  const { labels, evidence } = finding;
  const [example] = finding.examples;
  const only = finding.count === 1;
  const retransmits = numberIn(finding, 'retransmits');
  const probes = numberIn(finding, 'probes');
  const age = example?.ageSeconds ?? finding.oldestAgeSeconds;
  const orphaned = evidence['orphaned'] === true;
  // In the closing states the FIN counts as one byte.
  const fin = /^(fin_wait|last_ack|closing)_stuck$/.test(finding.detector) ? 1 : 0;
  const unacked = (example?.sendQueueBytes ?? (only ? numberIn(finding, 'sendQueueBytes') : null) ?? 0) - fin;
  const readable = example?.recvQueueBytes ?? (only ? numberIn(finding, 'recvQueueBytes') : null) ?? 0;
  // The peer's FIN counts as one byte, too.
  const unread = readable - (finding.detector === 'close_wait_leak' ? 1 : 0);
  const isClient = labels['role'] === 'client';
  return {
    name: texts.name,
    left: { name: texts.here, detail: detailOf(finding, texts, orphaned) },
    right: {
      name: isClient ? texts.peer : labels['role'] === 'server' ? texts.client : texts.peer,
      detail: example ? endpointOf(example.remote) : peerOf(labels['peer'], texts),
    },
    severity: finding.severity,
    age: age < 1 ? null : texts.age(format.duration(age), example?.ageExact ?? finding.ageExact),
    unread: unread > 0 ? format.bytes(unread) : '',
    unacked: unacked > 0 ? format.bytes(unacked) : '',
    times: retransmits === null ? undefined : retransmits + 1,
    probes: probes ?? undefined,
    meanwhile: givesUp(finding, texts, format),
    orphaned,
  };
}

function detailOf(finding: Finding, texts: LadderTexts, orphaned: boolean): string | null {
  const { labels } = finding;
  const [example] = finding.examples;
  const process = labels['process'] ?? textIn(finding, 'process');
  const pid = labels['pid'] ?? numberIn(finding, 'pid');
  const holder = orphaned
    ? texts.noProgram
    : process === null || pid === null
      ? null
      : texts.process(process, String(pid));
  const local = example
    ? endpointOf(example.local)
    : labels['port'] && labels['role'] === 'server' && labels['port'] !== '*'
      ? texts.port(labels['port'])
      : (labels['local'] ?? null);
  return [holder, local].filter((part) => part !== null).join('\n') || null;
}

function endpointOf({ address, port }: Finding['examples'][number]['local']): string | null {
  return port > 0 ? formatEndpoint(address, port) : null;
}

function peerOf(peer: string | undefined, texts: LadderTexts): string | null {
  if (peer === undefined) return null;
  return peer === '*' ? texts.severalPeers : peer;
}

function givesUp(finding: Finding, texts: LadderTexts, format: Format): string {
  const left = numberIn(finding, 'kernelEndsInSeconds');
  if (left === null) return '';
  return left < 1 ? texts.turns.kernelGivesUpNow : texts.turns.kernelGivesUp(format.duration(left));
}
