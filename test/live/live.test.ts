import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHistory } from '../../server/history/index.ts';
import { live, type Live, type LiveParts } from '../../server/live/index.ts';
import type { ClientEvents, Delta, ObserverStatus, ServerEvents, Snapshot } from '../../server/model/live.ts';
import type { Observation } from '../../server/model/observation.ts';
import type { Example } from '../../server/model/finding.ts';
import { alert, finding, memoryLog } from '../given.ts';
import { busy, counts, DOWN, UP } from '../api/given.ts';

type Message = { kind: 'snapshot'; body: Snapshot } | { kind: 'delta'; body: Delta };
interface Client {
  readonly socket: Socket<ServerEvents, ClientEvents>;
  /** The next message, as soon as it is there. */
  next(): Promise<Message>;
  /** Messages that nobody asked for yet. */
  waiting(): number;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function world(over: Partial<LiveParts> = {}) {
  const http: Server = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const history = createHistory();
  const log = memoryLog();
  let status: ObserverStatus = UP;
  const stream: Live = live(http, {
    guard: (request) => (request.headers.origin === url ? null : 'a foreign origin'),
    host: { name: 'box', version: '1.2.3', kernel: '6.1' },
    status: () => status,
    alerts: () => [],
    history: () => history.columns(),
    log,
    ...over,
  });
  open.push({ close: () => http.close() }, { close: () => stream.close?.() });
  return {
    url,
    log,
    stream,
    publish(observation: Observation) {
      history.publish(observation);
      stream.publish(observation);
    },
    enter(next: ObserverStatus) {
      status = next;
      stream.statusChanged();
    },
    connect: (options: object = {}) => connect(url, options),
  };
}

function connect(url: string, options: object): Client {
  const socket: Client['socket'] = io(url, {
    transports: ['websocket'],
    extraHeaders: { origin: url },
    reconnectionDelay: 10,
    reconnectionDelayMax: 10,
    ...options,
  });
  open.push(socket);
  const messages: Message[] = [];
  const takers: ((message: Message) => void)[] = [];
  const take = (message: Message) => {
    const taker = takers.shift();
    if (taker) taker(message);
    else messages.push(message);
  };
  socket.on('snapshot', (body) => take({ kind: 'snapshot', body }));
  socket.on('delta', (body) => take({ kind: 'delta', body }));
  return {
    socket,
    next: () => {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => takers.push(resolve));
    },
    waiting: () => messages.length,
  };
}

async function snapshotOf(client: Client): Promise<Snapshot> {
  const message = await client.next();
  if (message.kind !== 'snapshot') throw new Error('expected a snapshot');
  return message.body;
}

async function deltaOf(client: Client): Promise<Delta> {
  const message = await client.next();
  if (message.kind !== 'delta') throw new Error('expected a delta');
  return message.body;
}

/** The client's `ws` socket, which can be told to stop reading. */
function webSocketOf({ socket }: Client): { pause(): void; resume(): void } {
  const { transport } = socket.io.engine as unknown as {
    transport: { ws: { pause(): void; resume(): void } };
  };
  return transport.ws;
}

function closeWait(count: number): Observation['sockets'] {
  return { ...busy().sockets, byState: counts({ CLOSE_WAIT: count }) };
}

/** An observation of about so many megabytes. */
function heavy(megabytes: number, sequence: number): Observation {
  const error = String(sequence % 10).repeat(megabytes * 1024 * 1024);
  return busy({
    sequence,
    units: [{ name: 'proc', kind: 'collector', ok: false, durationSeconds: 0, error }],
  });
}

describe('a dashboard', () => {
  it('gets a snapshot, then only what changed', async () => {
    const { connect: join, publish } = await world();
    publish(busy());
    const client = join();
    const snapshot = await snapshotOf(client);
    expect(snapshot.state).toEqual({
      ...JSON.parse(JSON.stringify({ ...busy(), epoch: undefined, sequence: undefined })),
      status: UP,
      alerts: [],
      host: { name: 'box', version: '1.2.3', kernel: '6.1' },
    });
    expect(snapshot.history.at.byteLength).toBe(Float64Array.BYTES_PER_ELEMENT);

    publish(busy({ sequence: 2, sockets: closeWait(6) }));
    const delta = await deltaOf(client);
    expect(delta).toEqual({
      epoch: snapshot.epoch,
      sequence: snapshot.sequence + 1,
      set: { sockets: closeWait(6) },
    });
  });

  it('is told that there is nothing yet, and then all of it', async () => {
    const { connect: join, publish } = await world();
    const client = join();
    expect((await snapshotOf(client)).state).toBeNull();
    publish(busy());
    const delta = await deltaOf(client);
    expect(Object.keys(delta.set)).toEqual(
      expect.arrayContaining(['at', 'sockets', 'status', 'alerts', 'host']),
    );
    expect(delta.findings).toEqual({ gone: [], whole: busy().findings, changed: [] });
  });

  it('gets findings without their examples, and alerts without the findings that it has', async () => {
    const example: Example = {
      id: 'a1',
      state: 'CLOSE_WAIT',
      local: { address: '10.0.0.2', port: 40_000 },
      remote: { address: '10.0.0.1', port: 5432 },
      ageSeconds: 60,
      ageExact: true,
      recvQueueBytes: 1,
      sendQueueBytes: 0,
    };
    const shown = finding('shown', { examples: [example] });
    const unseen = finding('unseen', { examples: [example] });
    const alerts = [shown, unseen].map((each) => alert('', 'firing', { finding: each }));
    const again = alert('', 'resolved', { finding: shown });
    const { connect: join, publish } = await world({ alerts: () => [...alerts, again] });
    publish(busy({ findings: [shown] }));
    const { state } = await snapshotOf(join());
    expect(state?.findings).toEqual([{ ...shown, examples: [] }]);
    expect(state?.alerts.map((each) => each.finding?.labels['peer'])).toEqual([undefined, 'unseen', 'shown']);
    expect(state?.alerts.flatMap((each) => each.finding?.examples ?? [])).toEqual([]);
  });

  it('gets the listeners with the longest accept queues, however many there are', async () => {
    const { publish, connect } = await world();
    const [one] = busy().listeners;
    const listeners = Array.from({ length: 300 }, (_, i) => ({ ...one!, port: i + 1, acceptQueue: 300 - i }));
    publish(busy({ listeners }));
    const { state } = await snapshotOf(connect());
    expect(state?.listeners).toEqual(listeners.slice(0, 50));
  });

  it('sees the same as every other', async () => {
    const { connect: join, publish } = await world();
    publish(busy());
    const clients = [join(), join(), join()];
    for (const client of clients) await snapshotOf(client);
    publish(busy({ sequence: 2, sockets: closeWait(6) }));
    const deltas = await Promise.all(clients.map(deltaOf));
    expect(deltas[1]).toEqual(deltas[0]);
    expect(deltas[2]).toEqual(deltas[0]);
  });

  it('is right at once when it comes back', async () => {
    const { connect: join, publish } = await world();
    publish(busy());
    const client = join();
    await snapshotOf(client);
    client.socket.io.engine.close();
    publish(busy({ sequence: 2, sockets: closeWait(9) }));
    const snapshot = await snapshotOf(client);
    expect(snapshot.state?.sockets).toEqual(closeWait(9));
    publish(busy({ sequence: 3, sockets: closeWait(10) }));
    expect((await deltaOf(client)).sequence).toBe(snapshot.sequence + 1);
  });

  it('hears that the observer is down, and up again, without an observation', async () => {
    const { connect: join, publish, enter } = await world();
    publish(busy());
    const client = join();
    const { sequence } = await snapshotOf(client);
    enter(DOWN);
    expect(await deltaOf(client)).toMatchObject({ sequence: sequence + 1, set: { status: DOWN } });
    const late = join();
    expect(await snapshotOf(late)).toMatchObject({ status: DOWN, state: { status: DOWN } });
    enter(UP);
    expect((await deltaOf(client)).set).toEqual({ status: UP });
  });

  it('gets a snapshot when it asks for one, but only one between two deltas', async () => {
    const { connect: join, publish } = await world();
    publish(busy());
    const client = join();
    await snapshotOf(client);
    publish(busy({ sequence: 2, sockets: closeWait(6) }));
    await deltaOf(client);
    for (let i = 0; i < 5; i++) client.socket.emit('resync');
    expect((await snapshotOf(client)).state?.sockets).toEqual(closeWait(6));
    publish(busy({ sequence: 3, sockets: closeWait(7) }));
    const message = await client.next();
    expect(message.body.sequence).toBe(3);
    expect(client.waiting()).toBe(0);
  });

  it('that does not read is skipped ahead, and the others notice nothing', async () => {
    const { connect: join, publish } = await world();
    publish(busy());
    const [slow, quick] = [join(), join()];
    const { sequence } = await snapshotOf(slow);
    await snapshotOf(quick);
    webSocketOf(slow).pause();
    const passes = 24;
    for (let i = 1; i <= passes; i++) {
      publish(heavy(1, i));
      expect((await deltaOf(quick)).sequence).toBe(sequence + i);
    }
    let seen = sequence;
    let gaps = 0;
    let shown: number | undefined;
    slow.socket.on('snapshot', (snapshot) => {
      seen = snapshot.sequence;
      shown = snapshot.state?.sockets.byState.CLOSE_WAIT;
    });
    slow.socket.on('delta', (delta) => {
      if (delta.sequence === seen + 1) return void seen++;
      gaps++;
      slow.socket.emit('resync');
    });
    webSocketOf(slow).resume();
    await vi.waitFor(() => {
      publish(busy({ sockets: closeWait(77) }));
      expect(shown).toBe(77);
    }, 10_000);
    expect(gaps).toBeGreaterThan(0);
  });

  it('that lets megabytes pile up is cut off', async () => {
    const { connect: join, publish, log } = await world();
    publish(busy());
    const client = join({ reconnection: false });
    await snapshotOf(client);
    webSocketOf(client).pause();
    const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
    publish(heavy(32, 1));
    publish(busy());
    expect(log.lines).toEqual([expect.stringContaining('does not read')]);
    webSocketOf(client).resume();
    await gone;
  });

  it('that talks too much is cut off', async () => {
    const { connect: join, publish, log } = await world();
    publish(busy());
    const client = join({ reconnection: false });
    await snapshotOf(client);
    const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
    for (let i = 0; i < 50; i++) client.socket.emit('resync');
    await gone;
    expect(log.lines[0]).toContain('too many events');
  });
});

describe('the WebSocket', () => {
  it('is closed with the stream, and the HTTP server goes on', async () => {
    const { connect: join, stream, url } = await world();
    const client = join({ reconnection: false });
    await snapshotOf(client);
    const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
    await stream.close?.();
    await gone;
    await expect(fetch(`${url}/socket.io/`)).resolves.toMatchObject({ ok: false });
  });

  it('is refused to those that the guard refuses', async () => {
    const { connect: join, stream, log } = await world();
    const client = join({ extraHeaders: { origin: 'http://evil.example' }, reconnection: false });
    const error = await new Promise<Error>((resolve) => client.socket.once('connect_error', resolve));
    expect(error.message).toBe('websocket error');
    expect(stream.clients()).toBe(0);
    expect(log.lines[0]).toContain('a foreign origin');
  });

  it('is the only transport', async () => {
    const { url } = await world();
    const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: url } });
    expect(answer.status).toBe(400);
  });

  it('serves no client script', async () => {
    const { url } = await world();
    const answer = await fetch(`${url}/socket.io/socket.io.js`, { headers: { origin: url } });
    expect(answer.status).toBe(400);
  });
});
