import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Alert } from '../model/alert.ts';
import type { Finding } from '../model/finding.ts';
import {
  MAX_LIVE_LISTENERS,
  type ClientEvents,
  type Delta,
  type HistoryColumns,
  type LiveAlert,
  type LiveState,
  type ObserverStatus,
  type ServerEvents,
  type Snapshot,
} from '../model/live.ts';
import type { Observation, UnitHealth } from '../model/observation.ts';
import type { Log, Sink } from '../model/units.ts';
import { createChanges } from './changes.ts';
import { findingChanges } from './finding-changes.ts';
import { bufferedBytes, cutOff, isWritable } from './transport.ts';

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
/** Snapshots sent in one turn of the event loop: a thousand dashboards come back at once where the server was started again. */
const MAX_SNAPSHOTS = 50;
/** The room of the clients that have had a snapshot: to the others a delta says nothing. */
const SERVED = 'served';

type Client = Socket<ClientEvents, ServerEvents, Record<string, never>, ClientData>;

interface ClientData {
  /** Has had its snapshot since the last delta: another one now would say the same. */
  served: boolean;
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
  /** Clients that have come, or asked for a snapshot, and did not get it yet. */
  const owed = new Set<Client>();
  let turn: NodeJS.Immediate | null = null;

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
    client.on('resync', () => owe(client));
    client.on('disconnect', (reason) => {
      owed.delete(client);
      if (reason === 'ping timeout') cutOff(client);
    });
    owe(client);
  });

  function owe(client: Client): void {
    owed.add(client);
    serveSoon();
  }

  function serveSoon(): void {
    turn ??= setImmediate(() => {
      turn = null;
      serve();
    });
  }

  /** All those of one turn get the same bytes, encoded once. Nothing waits for a client that has just come. */
  function serve(): void {
    const ready = [...owed].filter(
      (client) => !client.data.served && (!client.rooms.has(SERVED) || isWritable(client)),
    );
    const now = ready.slice(0, MAX_SNAPSHOTS);
    if (now.length === 0) return;
    const ids = now.map(({ id }) => id);
    io.to(ids).emit('snapshot', currentSnapshot());
    io.in(ids).socketsJoin(SERVED);
    for (const client of now) {
      owed.delete(client);
      client.data.served = true;
    }
    if (ready.length > now.length) serveSoon();
  }

  function currentSnapshot(): Snapshot {
    snapshot ??= { epoch, sequence, state, status: parts.status(), history: parts.history() };
    // The rest stays as it was when the sequence number was given; the age of the data does not.
    return { ...snapshot, status: parts.status() };
  }

  function send(changes: Omit<Delta, 'epoch' | 'sequence'>): void {
    sequence++;
    snapshot = null;
    for (const client of io.sockets.sockets.values()) {
      client.data.events = 0;
      client.data.served = false;
      if (bufferedBytes(client) > MAX_BUFFERED_BYTES) drop(client, 'does not read');
    }
    // First, while the transports are free: who gets a snapshot now skips the delta, which is in it.
    serve();
    // To all at once: the message is serialised once.
    io.to(SERVED).volatile.emit('delta', { epoch, sequence, ...changes });
  }

  function drop(client: Client, reason: string): void {
    parts.log.warn({ from: client.handshake.address, reason }, 'dashboard disconnected');
    client.disconnect(true);
    cutOff(client);
  }

  return {
    name: 'live',
    publish(observation) {
      const before = state?.findings ?? [];
      const rest = {
        ...withoutIdentity(observation),
        units: observation.units.map(toTheMillisecond),
        listeners: observation.listeners.slice(0, MAX_LIVE_LISTENERS),
        status: parts.status(),
        alerts: liveAlerts(parts.alerts(), observation.findings),
        host: parts.host,
      };
      const findings = observation.findings.map(withoutExamples);
      state = { ...rest, findings };
      const { set, items } = changes.since(rest);
      const changed = findingChanges(before, findings);
      send({ set, ...(Object.keys(items).length > 0 && { items }), ...(changed && { findings: changed }) });
    },
    statusChanged() {
      const status = parts.status();
      if (state) state = { ...state, status };
      send({ set: { status } });
    },
    clients: () => io.sockets.sockets.size,
    close() {
      if (turn) clearImmediate(turn);
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

/** Finer, it is another at each pass. */
function toTheMillisecond(unit: UnitHealth): UnitHealth {
  return { ...unit, durationSeconds: Math.round(unit.durationSeconds * 1000) / 1000 };
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
