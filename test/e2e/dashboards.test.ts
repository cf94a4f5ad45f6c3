import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClientEvents, ServerEvents } from '../../server/model/live.ts';
import { startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import type { Program } from './program.ts';
import { isolated, skipUnlessPossible, World } from './world.ts';

const CLIENTS = fileURLToPath(new URL('../bench/dashboard-clients.js', import.meta.url));
const READING = 28;
const STALLED = 2;
const UPDATES = 40;
/** Of what waits for a dashboard that reads nothing, in the kernel. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

let world: World;
let halfclose: Halfclose;
let stalled: Program;
let ports: number[];
let dashboards: { socket: Socket<ServerEvents, ClientEvents>; sequences: number[] }[] = [];

beforeAll(async () => {
  if (!isolated) return;
  world = new World();
  halfclose = await startHalfclose(world, { flags: ['--collect.interval=250ms'] });
  stalled = world.run(process.execPath, [CLIENTS, halfclose.url]);
  stalled.write(`join ${STALLED}`);
  ports = (JSON.parse(await stalled.line()) as { port: number }[]).map(({ port }) => port);
});
beforeEach((context) => skipUnlessPossible(context));
afterAll(async () => {
  for (const { socket } of dashboards) socket.close();
  await world?.end();
});

test('dashboards that stop reading keep nothing from the others, and are given up', async () => {
  process.kill(stalled.pid, 'SIGSTOP');
  dashboards = Array.from({ length: READING }, () => follow(halfclose.url));
  let most = 0;
  await vi.waitFor(() => {
    const left = connectionsTo(ports);
    most = Math.max(most, ...left.map(({ queuedBytes }) => queuedBytes));
    expect(left).toEqual([]);
    expect(Math.min(...dashboards.map(({ sequences }) => sequences.length))).toBeGreaterThan(UPDATES);
  }, WAIT);
  expect(most).toBeLessThan(MAX_QUEUED_BYTES);
  for (const { sequences } of dashboards)
    expect(sequences).toEqual(Array.from(sequences, (_, index) => sequences[0]! + index));
});

test('they are up to date again when they come back', async () => {
  stalled.write('begin');
  process.kill(stalled.pid, 'SIGCONT');
  expect(await stalled.line()).toBe('{}');
  await vi.waitFor(async () => {
    stalled.write('measured');
    const { snapshots, deltas } = JSON.parse(await stalled.line()) as { snapshots: number; deltas: number };
    expect(snapshots).toBe(STALLED);
    expect(deltas).toBeGreaterThan(STALLED);
  }, WAIT);
});

/** A dashboard, and the sequence numbers of all that it gets from its first snapshot on. */
function follow(url: string) {
  const socket: Socket<ServerEvents, ClientEvents> = io(url, {
    transports: ['websocket'],
    extraHeaders: { origin: url },
  });
  const sequences: number[] = [];
  socket.on('snapshot', ({ sequence }) => sequences.push(sequence));
  socket.on('delta', ({ sequence }) => sequences.push(sequence));
  return { socket, sequences };
}

/** The sockets of this namespace whose peer has one of these ports, and what waits in them to be sent. */
function connectionsTo(remotePorts: readonly number[]): { queuedBytes: number }[] {
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , remote]) => remotePorts.includes(parseInt(remote?.split(':')[1] ?? '', 16)))
    .map(([, , , , queues]) => ({ queuedBytes: parseInt(queues?.split(':')[0] ?? '', 16) }));
}
