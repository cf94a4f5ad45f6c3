import type { Scenario } from './scenario.ts';
import { sleep } from './scene.ts';
import { startNginx, startRedis } from './servers.ts';

/** Connections that are busy, or closed, or left alone, as they should be. */
export const INNOCENT_CLOSING: readonly Scenario[] = [
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
    name: 'a session of SSH says nothing for an hour',
    async happens({ here, there }) {
      const server = here.sockets('sshd');
      await server.does(`listen ${here.address} 22 64`);
      // At this speed a moment in the accept queue is minutes: it accepts as they come.
      const accepted = server.does('accept 9');
      await there.sockets('ssh').does(`open 8 ${here.address} 22`, 'send 200');
      await here.sockets('ssh').does(`open 1 ${here.address} 22`, 'send 200');
      await accepted;
      await server.does('await 200', 'send 200');
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
    name: 'the table of TIME_WAIT sockets is half full',
    async happens({ here, there }) {
      here.sysctl('net.ipv4.tcp_max_tw_buckets', '400');
      await here.client('client', await there.server('sound'), there.address).does('cycle 200');
    },
  },
];
