import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Alert } from '../model/alert.ts';
import type { Finding } from '../model/finding.ts';
import type {
  ClientEvents,
  Delta,
  HistoryColumns,
  LiveAlert,
  LiveState,
  ObserverStatus,
  ServerEvents,
  Snapshot,
} from '../model/live.ts';
import type { Observation } from '../model/observation.ts';
import type { Log, Sink } from '../model/units.ts';
import { createChanges } from './changes.ts';
import { findingChanges } from './finding-changes.ts';
import { bufferedBytes, isWritable } from './transport.ts';

export interface LiveParts {
  /** Why a request may not open a WebSocket; null where it may. */
  readonly guard: (request: IncomingMessage) => string | null;
  readonly host: LiveState['host'];
  readonly status: () => ObserverStatus;
  readonly alerts: () => readonly Alert[];
  readonly history: () => HistoryColumns;
  readonly log: Log;
}

export interface Live extends Sink {
  /** Tells the clients that the observer went down or came up; no Observation says so. */
  statusChanged(): void;
  /** Dashboards connected now. */
  clients(): number;
}

/** Dashboards at a time; the next one is refused. Each holds a descriptor and about 50 kB. */
const MAX_CLIENTS = 2000;
/** A client that lets this much pile up does not read; it is cut off, and may come again. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** A client has nothing to say but `resync`, without arguments. */
const MAX_MESSAGE_BYTES = 4096;
/** Events of one client between two deltas; one that says more is no dashboard. */
const MAX_EVENTS = 20;

type Client = Socket<ClientEvents, ServerEvents, Record<string, never>, ClientData>;

interface ClientData {
  /** Has had its snapshot since the last delta: another one now would say the same. */
  served: boolean;
  /** Asked for a snapshot and did not get it yet. */
  owed: boolean;
  /** Events since the last delta. */
  events: number;
}

/**
 * The WebSocket at /socket.io: a whole snapshot on connect, then deltas with the keys that changed.
 * Deltas are volatile: a client that cannot take one misses it, sees the gap in the sequence, and asks for a snapshot. So
 * what waits for a slow client is bounded, and no client waits for another. socket.io's own recovery is off: it keeps
 * packets for every client that left, without a bound.
 */
export function live(httpServer: HttpServer, parts: LiveParts): Live {
  const epoch = randomUUID();
  const changes = createChanges<Delta['set']>();
  let sequence = 0;
  let state: LiveState | null = null;
  /** Shared by all clients that come between two deltas. */
  let snapshot: Snapshot | null = null;

  const io = new Server<ClientEvents, ServerEvents, Record<string, never>, ClientData>(httpServer, {
    transports: ['websocket'],
    allowUpgrades: false,
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: 5_000,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    allowRequest: (request, answer) => {
      const full = io.engine.clientsCount >= MAX_CLIENTS;
      const refusal = parts.guard(request) ?? (full ? `there are ${MAX_CLIENTS} dashboards already` : null);
      if (refusal !== null)
        parts.log.warn({ from: request.socket.remoteAddress, refusal }, 'WebSocket refused');
      answer(refusal, refusal === null);
    },
  });

  io.on('connection', (client) => {
    client.data.events = 0;
    client.use((_event, next) => {
      if (++client.data.events > MAX_EVENTS) drop(client, 'too many events');
      else next();
    });
    client.on('resync', () => {
      client.data.owed = true;
      if (!client.data.served && isWritable(client)) serve(client);
    });
    serve(client);
  });

  function serve(client: Client): void {
    client.data.owed = false;
    client.data.served = true;
    client.emit('snapshot', currentSnapshot());
  }

  function currentSnapshot(): Snapshot {
    snapshot ??= { epoch, sequence, state, status: parts.status(), history: parts.history() };
    // The rest stays as it was when the sequence number was given; the age of the data does not.
    return { ...snapshot, status: parts.status() };
  }

  function send(set: Delta['set'], findings?: Delta['findings']): void {
    sequence++;
    snapshot = null;
    const delta: Delta = { epoch, sequence, set, ...(findings && { findings }) };
    // First, while the transports are free: who gets a snapshot now skips the delta, which is in it.
    for (const client of io.sockets.sockets.values()) attend(client);
    // To all at once: the message is serialised once.
    io.volatile.emit('delta', delta);
  }

  function attend(client: Client): void {
    client.data.events = 0;
    client.data.served = false;
    if (bufferedBytes(client) > MAX_BUFFERED_BYTES) drop(client, 'does not read');
    else if (client.data.owed && isWritable(client)) serve(client);
  }

  function drop(client: Client, reason: string): void {
    parts.log.warn({ from: client.handshake.address, reason }, 'dashboard disconnected');
    client.disconnect(true);
  }

  return {
    name: 'live',
    publish(observation) {
      const before = state?.findings ?? [];
      const rest = {
        ...withoutIdentity(observation),
        status: parts.status(),
        alerts: liveAlerts(parts.alerts(), observation.findings),
        host: parts.host,
      };
      const findings = observation.findings.map(withoutExamples);
      state = { ...rest, findings };
      send(changes.since(rest), findingChanges(before, findings));
    },
    statusChanged() {
      const status = parts.status();
      if (state) state = { ...state, status };
      send({ status });
    },
    clients: () => io.sockets.sockets.size,
    close() {
      // io.close() would close the HTTP server as well, and wait for its last request.
      io.engine.close();
    },
  };
}

/** All but the findings, and what the stream has of its own: the observer's epoch and sequence would be mistaken for it. */
function withoutIdentity(observation: Observation): Omit<Observation, 'epoch' | 'sequence' | 'findings'> {
  const copy: { -readonly [K in keyof Observation]?: Observation[K] } = { ...observation };
  delete copy.epoch;
  delete copy.sequence;
  delete copy.findings;
  return copy as Omit<Observation, 'epoch' | 'sequence' | 'findings'>;
}

function withoutExamples(finding: Finding): Finding {
  return { ...finding, examples: [] };
}

function liveAlerts(alerts: readonly Alert[], findings: readonly Finding[]): LiveAlert[] {
  const present = new Map(findings.map(({ fingerprint, severity }) => [fingerprint, severity]));
  return alerts.map((alert) => {
    const { id, fingerprint, alertname, state, severity, pendingSince, startsAt, endsAt } = alert;
    const repeated = state !== 'resolved' && present.get(fingerprint) === alert.finding.severity;
    const finding = repeated ? null : withoutExamples(alert.finding);
    return { id, fingerprint, alertname, state, severity, pendingSince, startsAt, endsAt, finding };
  });
}
