import type { Scenario } from './scenario.ts';
import { sleep } from './scene.ts';
import {
  POSTGRES_HELLO,
  POSTGRES_NEEDS,
  postgresQuery,
  startNginx,
  startPostgres,
  startRedis,
} from './servers.ts';

/** Worlds in which nothing is wrong, however it looks. */
export const INNOCENT: readonly Scenario[] = [
  {
    name: 'an HTTP server is busy with clients that keep their connections',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0').line();
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:${port}`, '50').line();
    },
  },
  {
    name: 'a pool of connections lies idle at night, and its server has closed them',
    async happens({ here, there }) {
      const server = there.sockets('database');
      await server.does(`listen ${there.address} 5432 64`);
      const pool = here.sockets('pool');
      await pool.does(`open 10 ${there.address} 5432`);
      await server.does('accept 10', 'close');
    },
    mentions: [{ detector: 'close_wait_leak', cause: 'fin_unread', severity: 'info' }],
  },
  {
    name: 'a load test leaves thousands of connections in TIME_WAIT at the server that closes first',
    async happens({ here, there }) {
      const port = await here.server('closing');
      await there.client('load', port, here.address).does('polite 1500');
    },
    mentions: [{ detector: 'time_wait_buildup', cause: 'serving_side', severity: 'info' }],
  },
  {
    name: 'a few dozen connections in TIME_WAIT at a server are harmless, and said to be',
    async happens({ here, there }) {
      const port = await here.server('closing');
      await there.client('load', port, here.address).does('polite 30');
    },
    lets: [{ detector: 'time_wait_buildup', reason: 'harmless' }],
  },
  {
    name: 'the processes of a server are replaced one after the other under load',
    async happens(scene) {
      const { here, there } = scene;
      const port = '8081';
      let serving = here.node('http-server.js', 'keep-alive', here.address, port);
      await serving.line();
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:${port}`, '30').line();
      scene.repeats(800, async () => {
        serving.write('stop');
        await serving.ended;
        serving = here.node('http-server.js', 'keep-alive', here.address, port);
        await serving.line();
      });
    },
  },
  {
    name: 'a client reads a large answer slowly, and does read it',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0', '30000000').line();
      await there.node('http-load.js', 'slow', `http://${here.address}:${port}`, '8').line();
    },
  },
  {
    name: 'a program of ours reads a large download slowly, and does read it',
    async happens({ here, there }) {
      const port = await there.node('http-server.js', 'keep-alive', there.address, '0', '30000000').line();
      await here.node('http-load.js', 'slow', `http://${there.address}:${port}`, '8').line();
    },
  },
  {
    name: 'somebody scans the ports of the host',
    async happens(scene) {
      const { here, there } = scene;
      await here.server('sound');
      const scanner = there.sockets('scanner');
      let port = 1;
      scene.repeats(20, async () => {
        for (let i = 0; i < 20; i++, port++) await scanner.does(`knock ${here.address} ${port}`);
      });
    },
  },
  {
    name: 'a session of SSH says nothing for an hour',
    async happens({ here, there }) {
      const server = here.sockets('sshd');
      await server.does(`listen ${here.address} 22 64`);
      await there.sockets('ssh').does(`open 8 ${here.address} 22`, 'send 200');
      await server.does('accept 8', 'send 200', 'read 1000');
      await here.sockets('ssh').does(`open 1 ${here.address} 22`, 'send 200');
      await server.does('accept 1', 'read 1000');
    },
    speed: 1000,
    watchedSeconds: 3700,
  },
  {
    name: 'connections are in CLOSE_WAIT for seconds each, five hundred a second',
    async happens(scene) {
      const { here, there } = scene;
      const server = here.node('lingering-server.js', here.address, '500');
      const port = await server.line();
      const client = there.node('churn.js', here.address, port, '500');
      await client.line();
    },
    speed: 1,
    watchedSeconds: 6,
    detectors: { close_wait_leak: { minAge: 2, for: 1 } },
  },
  {
    name: 'clients try a port that nobody listens at',
    async happens(scene) {
      const { here, there } = scene;
      const client = there.sockets('hopeful');
      const ours = here.sockets('hopeful');
      scene.repeats(100, async () => {
        await client.does(`knock ${here.address} 9`);
        await ours.does(`knock ${there.address} 9`);
      });
    },
  },
  {
    name: 'a load balancer asks for the health of a server, and resets each connection',
    async happens(scene) {
      const { here, there } = scene;
      const port = await here.server('sound');
      const checker = there.sockets('balancer');
      scene.repeats(200, () => checker.does(`open 1 ${here.address} ${port}`, 'send 5', 'reset'));
    },
  },
  {
    name: 'our own health checker resets its connections now and then',
    async happens(scene) {
      const { here, there } = scene;
      const port = await there.server('sound');
      const checker = here.sockets('checker');
      scene.repeats(500, () => checker.does(`open 1 ${there.address} ${port}`, 'send 5', 'reset'));
    },
  },
  {
    name: 'a download is paused for ten seconds',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0', '30000000').line();
      await there.node('http-load.js', 'pause', `http://${here.address}:${port}`, '8').line();
    },
  },
  {
    name: 'one packet in thirty is lost on the way',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0', '20000').line();
      there.drops('input', 'meta l4proto tcp numgen random mod 30 < 1');
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:${port}`, '20').line();
    },
  },
  {
    name: 'the network is down for a few seconds while connections are busy',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0').line();
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:${port}`, '20').line();
      there.drops('input', 'meta l4proto tcp');
      await sleep(300);
      there.dropsNothing();
    },
  },
  {
    name: 'idle connections are asked by keepalive whether they are there, and they are',
    async happens({ here, there }) {
      const [service, client] = [there.sockets('service'), here.sockets('client')];
      await service.does(`listen ${there.address} 5432 64`);
      await client.does(`open 10 ${there.address} 5432`);
      await service.does('accept 10');
      await client.does('keepalive 1 1 3');
    },
  },
  {
    name: 'our side has closed, and the kernel ends what the peers do not',
    async happens({ here, there }) {
      const [service, client] = [there.sockets('service'), here.sockets('client')];
      await service.does(`listen ${there.address} 5432 64`);
      await client.does(`open 10 ${there.address} 5432`);
      await service.does('accept 10');
      await client.does('close');
    },
    lets: [{ detector: 'fin_wait_stuck', reason: 'kernel_ends_it' }],
  },
  {
    name: 'a server that was just deployed meets all its clients at once, and its queue is full for a moment',
    async happens({ here, there }) {
      const service = here.sockets('service');
      await service.does(`listen ${here.address} 80 20`);
      const clients = there.sockets('clients');
      await clients.does(`begin 35 ${here.address} 80`);
      await sleep(200);
      await service.does('serve');
    },
  },
  {
    name: 'a quarter of the ports to one server are in use',
    async happens({ here, there }) {
      here.sysctl('net.ipv4.ip_local_port_range', '40000 40099');
      const port = await there.server('sound');
      await here.client('holding', port, there.address).does('open 25');
    },
    lets: [{ detector: 'port_exhaustion', reason: 'below_limit' }],
  },
  {
    name: 'a process has half the descriptors that it may have, and no more',
    happens: ({ here }) => here.sockets('steady', 100).does(`listen ${here.address} 80 64`, 'files 50'),
    lets: [{ detector: 'descriptor_exhaustion', reason: 'below_limit' }],
  },
  {
    name: 'Redis closes idle connections of a pool, which has not looked at them since',
    async happens({ here, there }) {
      await startRedis(there, '--timeout', '1');
      const pool = here.sockets('pool');
      await pool.does(`open 10 ${there.address} 6379`, 'say PING\\r\\n', 'await 7');
    },
    needs: ['redis-server'],
    mentions: [{ detector: 'close_wait_leak', cause: 'fin_unread', severity: 'info' }],
  },
  {
    name: 'a pool of connections to PostgreSQL asks now and then',
    async happens(scene) {
      const { here, there } = scene;
      await startPostgres(here);
      const pool = there.sockets('pool');
      await pool.does(`open 6 ${here.address} 5432`, POSTGRES_HELLO, 'await 300', 'read 1000');
      scene.repeats(500, () => pool.does(postgresQuery('select 1'), 'await 60', 'read 1000'));
    },
    needs: POSTGRES_NEEDS,
  },
  {
    name: 'a server in the middle of a busy proxy resets a few connections in a hundred',
    async happens(scene) {
      const { here, there } = scene;
      const port = await here.node('http-server.js', 'closing', here.address, '0').line();
      await there.node('http-load.js', 'closing', `http://${here.address}:${port}`, '20').line();
      const rude = there.sockets('rude');
      scene.repeats(100, () => rude.does(`open 1 ${here.address} ${port}`, 'send 5', 'reset'));
    },
  },
  {
    name: 'a client asks for a server that is just starting',
    async happens({ here, there }) {
      await there.sockets('service').does(`listen ${there.address} 80 64`, 'serve');
      const client = here.sockets('early');
      there.drops('input', 'tcp dport 80');
      await client.does(`begin 8 ${there.address} 80`);
      there.dropsNothing();
    },
  },
  {
    name: 'connections without keepalive have been silent for long, which proves nothing',
    async happens({ here, there }) {
      const [service, client] = [there.sockets('service'), here.sockets('client')];
      await service.does(`listen ${there.address} 5432 64`);
      await client.does(`open 8 ${there.address} 5432`, 'send 100');
      await service.does('accept 8', 'read 1000', 'send 100');
      await client.does('read 1000');
    },
    // /proc does not tell how long; the kernel does, by its own clock.
    sources: ['sock_diag'],
    speed: 1,
    watchedSeconds: 6,
    detectors: { half_open: { idleAfter: 2, for: 1 } },
    mentions: [{ detector: 'half_open', cause: 'idle', severity: 'info' }],
  },
  {
    name: "two of a server's forty clients have lost their power",
    async happens({ here, there }) {
      const service = here.sockets('service');
      await service.does(`listen ${here.address} 5432 64`);
      await there.sockets('well').does(`open 38 ${here.address} 5432`);
      there.sysctl('net.ipv4.ip_local_port_range', '20000 20001');
      await there.sockets('gone').does(`open 2 ${here.address} 5432`);
      await service.does('accept 40');
      there.drops('input', 'tcp dport 20000-20001');
      await service.does('send 100');
    },
    mentions: [{ detector: 'half_open', cause: 'sending', severity: 'info' }],
  },
  {
    name: 'one of many clients does not read what it asked for',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address, '0', '10000000').line();
      await there
        .sockets('paused')
        .does(`open 1 ${here.address} ${port}`, 'say GET / HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n');
    },
    mentions: [{ detector: 'zero_window', cause: 'peer_not_reading', severity: 'info' }],
  },
  {
    name: 'clients end their side and wait for a long answer, which comes',
    async happens(scene) {
      const { here, there } = scene;
      const [service, client] = [here.sockets('service'), there.sockets('client')];
      await service.does(`listen ${here.address} 80 64`);
      scene.repeats(100, async () => {
        await client.does(`open 8 ${here.address} 80`, 'send 100', 'shutdown');
        await service.does('accept 8', 'drain');
        await sleep(1000);
        await service.does('send 1000', 'close');
        await client.does('drain', 'close');
      });
    },
  },
  {
    name: 'our clients end their side and wait for a long answer, which comes',
    async happens(scene) {
      const { here, there } = scene;
      const [service, client] = [there.sockets('service'), here.sockets('client')];
      await service.does(`listen ${there.address} 80 64`);
      scene.repeats(100, async () => {
        await client.does(`open 8 ${there.address} 80`, 'send 100', 'shutdown');
        await service.does('accept 8', 'drain');
        await sleep(1000);
        await service.does('send 1000', 'close');
        await client.does('drain', 'close');
      });
    },
  },
  {
    name: 'three connections were forgotten long ago',
    async happens({ here, there }) {
      await there.client('caller', await here.server('leaking'), here.address).does('send 3', 'close');
    },
    lets: [{ detector: 'close_wait_leak', reason: 'too_few' }],
  },
  {
    name: 'an HTTP server is busy over IPv6',
    async happens({ here, there }) {
      const port = await here.node('http-server.js', 'keep-alive', here.address6, '0').line();
      await there.node('http-load.js', 'keep-alive', `http://[${here.address6}]:${port}`, '20').line();
    },
  },
  {
    name: 'nginx passes requests on to a server, on a new connection each',
    async happens({ here, there }) {
      const upstream = await there.node('http-server.js', 'keep-alive', there.address, '0').line();
      await startNginx(here, `location / { proxy_pass http://${there.address}:${upstream}; }`);
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:8080`, '10').line();
    },
    needs: ['nginx'],
  },
  {
    name: 'Redis tells its subscribers much, and they read it',
    async happens(scene) {
      const { here, there } = scene;
      await startRedis(here);
      const [subscriber, publisher] = [there.sockets('subscriber'), there.sockets('publisher')];
      await subscriber.does(`open 5 ${here.address} 6379`, 'say SUBSCRIBE news\\r\\n', 'await 10');
      await publisher.does(`open 1 ${here.address} 6379`);
      scene.repeats(100, async () => {
        await publisher.does(`say PUBLISH news ${'x'.repeat(50_000)}\\r\\n`, 'await 3');
        await subscriber.does('read 1000000');
      });
    },
    needs: ['redis-server'],
  },
  {
    name: 'a process opens many files and closes them again, wave after wave',
    async happens(scene) {
      const worker = scene.here.sockets('worker', 1000);
      await worker.does(`listen ${scene.here.address} 80 64`);
      scene.repeats(300, () => worker.does('files 600', 'forget'));
    },
  },
  {
    name: 'a quarter of the ports of an address are bound',
    async happens({ here }) {
      here.sysctl('net.ipv4.ip_local_port_range', '40000 40099');
      await here.sockets('binding').does(`bind 25 ${here.address}`);
    },
  },
  {
    name: 'a server accepts one connection after the other, never at once, and does accept them',
    async happens(scene) {
      const { here, there } = scene;
      const [service, client] = [here.sockets('service'), there.sockets('client')];
      await service.does(`listen ${here.address} 80 64`);
      scene.repeats(200, async () => {
        await client.does(`open 8 ${here.address} 80`, 'send 5');
        await service.does('accept 8', 'read 100', 'close');
        await client.does('drain', 'close');
      });
    },
  },
  {
    name: 'a server is killed while clients are connected, and starts again',
    async happens({ here, there }) {
      const first = here.node('http-server.js', 'keep-alive', here.address, '8081');
      await first.line();
      await there.node('http-load.js', 'keep-alive', `http://${here.address}:8081`, '20').line();
      here.kills('http-keep-alive');
      await here.node('http-server.js', 'keep-alive', here.address, '8081').line();
    },
  },
  {
    name: 'a service of the other host is killed while our clients use it, and stays away for a while',
    async happens({ here, there }) {
      await there.node('http-server.js', 'keep-alive', there.address, '8081').line();
      await here.node('http-load.js', 'keep-alive', `http://${there.address}:8081`, '10').line();
      there.kills('http-keep-alive');
      await sleep(500);
      await there.node('http-server.js', 'keep-alive', there.address, '8081').line();
    },
  },
  {
    name: 'a crawler meets one host that is not there among many that are',
    async happens({ here, there }) {
      const port = await there.server('sound');
      there.drops('input', 'tcp dport 81');
      const crawler = here.sockets('crawler');
      await crawler.does(`open 10 ${there.address} ${port}`, `begin 1 ${there.address} 81`);
    },
  },
  {
    name: 'the table of TIME_WAIT sockets is half full',
    async happens({ here, there }) {
      here.sysctl('net.ipv4.tcp_max_tw_buckets', '400');
      await here.client('client', await there.server('sound'), there.address).does('cycle 200');
    },
  },
];
