import type { Scenario } from './scenario.ts';
import type { Scene, Told } from './scene.ts';
import { POSTGRES_HELLO, POSTGRES_NEEDS, postgresQuery, startPostgres, startRedis } from './servers.ts';

/** Eight connections that a program of ours has opened, and both ends. */
async function opened({ here, there }: Scene): Promise<{ ours: Told; theirs: Told }> {
  const [theirs, ours] = [there.sockets('service'), here.sockets('client')];
  await theirs.does(`listen ${there.address} 5432 64`);
  await ours.does(`open 8 ${there.address} 5432`);
  await theirs.does('accept 8');
  return { ours, theirs };
}

/** Eight connections that came in by port 5432 of ours, and both ends. */
async function accepted({ here, there }: Scene): Promise<{ ours: Told; theirs: Told }> {
  const [theirs, ours] = [there.sockets('caller'), here.sockets('service')];
  await ours.does(`listen ${here.address} 5432 64`);
  await theirs.does(`open 8 ${here.address} 5432`);
  await ours.does('accept 8');
  return { ours, theirs };
}

const client = { process: 'client', role: 'client' };
const server = { process: 'service', role: 'server', port: '5432' };

/** Peers that do not answer, do not read or do not close. */
export const GUILTY_OF_SILENCE: readonly Scenario[] = [
  {
    name: 'a server vanishes without a word, and our client goes on sending',
    async happens(scene) {
      const { ours } = await opened(scene);
      scene.there.drops('input', 'tcp dport 5432');
      await ours.does('send 100');
    },
    alarms: [{ detector: 'half_open', cause: 'sending', labels: client }],
  },
  {
    name: 'clients lose their power, and our server goes on answering them',
    async happens(scene) {
      const { ours } = await accepted(scene);
      scene.there.drops('input', 'tcp sport 5432');
      await ours.does('send 100');
    },
    alarms: [{ detector: 'half_open', cause: 'sending', labels: server }],
  },
  {
    name: 'clients lose their power, and keepalive asks in vain whether they are there',
    async happens(scene) {
      const { ours } = await accepted(scene);
      scene.there.drops('input', 'tcp sport 5432');
      await ours.does('keepalive 1 1 60');
    },
    alarms: [{ detector: 'half_open', cause: 'probing', labels: server }],
  },
  {
    name: 'clients do not read what our server sends them',
    async happens(scene) {
      const { ours } = await accepted(scene);
      await ours.does('send 30000000');
    },
    alarms: [{ detector: 'zero_window', cause: 'peer_not_reading', labels: server }],
  },
  {
    name: 'a subscriber of Redis does not read what it subscribed to',
    async happens({ here, there }) {
      await startRedis(here, '--client-output-buffer-limit', 'pubsub 0 0 0');
      const [stalled, publisher] = [there.sockets('stalled'), there.sockets('publisher')];
      await stalled.does(`open 5 ${here.address} 6379`, 'say SUBSCRIBE news\\r\\n');
      const news = 'x'.repeat(10_000);
      await publisher.does(`open 1 ${here.address} 6379`);
      for (let i = 0; i < 1000; i++) await publisher.does(`say PUBLISH news ${news}\\r\\n`);
    },
    needs: ['redis-server'],
    alarms: [
      {
        detector: 'zero_window',
        cause: 'peer_not_reading',
        labels: { process: 'redis-server', role: 'server' },
      },
    ],
  },
  {
    name: 'clients of PostgreSQL ask for much, and do not read it',
    async happens({ here, there }) {
      await startPostgres(here);
      const stalled = there.sockets('stalled');
      await stalled.does(`open 6 ${here.address} 5432`, POSTGRES_HELLO, 'await 300');
      await stalled.does(postgresQuery("select repeat('x', 100000000)"));
    },
    needs: POSTGRES_NEEDS,
    // It takes its time to make them, and before that nothing is stuck.
    watchedSeconds: 250,
    alarms: [
      { detector: 'zero_window', cause: 'peer_not_reading', labels: { process: 'postgres', role: 'server' } },
    ],
  },
  {
    name: 'our server does not read what its clients go on sending',
    async happens(scene) {
      const { theirs } = await accepted(scene);
      await theirs.does('send 30000000');
    },
    alarms: [{ detector: 'zero_window', cause: 'not_reading', labels: server }],
  },
  {
    name: 'our program closes what it has sent to a peer that has vanished',
    async happens(scene) {
      const { ours } = await opened(scene);
      scene.there.drops('input', 'tcp dport 5432');
      await ours.does('send 100', 'close');
    },
    alarms: [{ detector: 'fin_wait_stuck', cause: 'undelivered' }],
  },
  {
    name: 'our program closes what it has sent to a peer that does not read it',
    async happens(scene) {
      const { ours } = await opened(scene);
      await ours.does('send 30000000', 'close');
    },
    alarms: [{ detector: 'fin_wait_stuck', cause: 'window_closed' }],
  },
  {
    name: 'our program has ended its side, keeps the socket, and the peer never ends its own',
    async happens(scene) {
      const { ours } = await opened(scene);
      await ours.does('send 100', 'shutdown');
    },
    // How long ago something came is told by the kernel's clock.
    speed: 1,
    watchedSeconds: 6,
    detectors: { fin_wait_stuck: { minHalfClosedAge: 2, for: 1 } },
    alarms: [{ detector: 'fin_wait_stuck', cause: 'peer_not_closing', labels: client }],
  },
  {
    name: 'clients end their side and vanish, and our last word is not acknowledged',
    async happens(scene) {
      const { ours, theirs } = await accepted(scene);
      await theirs.does('shutdown');
      await ours.does('drain');
      scene.there.drops('input', 'tcp sport 5432');
      await ours.does('close');
    },
    alarms: [{ detector: 'last_ack_stuck', cause: 'undelivered' }],
  },
  {
    name: 'both sides close at once, and only the word of one arrives',
    async happens(scene) {
      const { ours, theirs } = await accepted(scene);
      scene.there.drops('input', 'tcp sport 5432 tcp flags & fin == fin');
      await ours.does('shutdown');
      await theirs.does('shutdown');
      await ours.does('close');
    },
    alarms: [{ detector: 'closing_stuck', cause: 'undelivered' }],
  },
  {
    name: 'clients that do not read end their side, and what our server has left to say stays with it',
    async happens(scene) {
      const { ours, theirs } = await accepted(scene);
      await ours.does('send 30000000');
      await theirs.does('shutdown');
      await ours.does('close');
    },
    alarms: [{ detector: 'last_ack_stuck', cause: 'window_closed' }],
  },
  {
    name: 'our server closes, its clients end their side without reading, and both wait',
    async happens(scene) {
      const { ours, theirs } = await accepted(scene);
      await ours.does('send 30000000', 'close');
      await theirs.does('shutdown');
    },
    alarms: [{ detector: 'closing_stuck', cause: 'window_closed' }],
  },
  {
    name: 'a firewall drops what our client sends to open a connection',
    async happens({ here, there }) {
      there.drops('input', 'tcp dport 5432');
      await here.sockets('client').does(`begin 8 ${there.address} 5432`);
    },
    alarms: [
      {
        detector: 'syn_sent_stuck',
        cause: 'unanswered',
        labels: { process: 'client', peer: '10.77.0.2:5432' },
      },
    ],
  },
];
