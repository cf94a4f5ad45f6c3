import type { Scenario } from './scenario.ts';
import { startRedis } from './servers.ts';

/** Peers that are slow, or silent, or away for a moment. */
export const INNOCENT_SILENCE: readonly Scenario[] = [
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
    // How long is told by the kernel, by its own clock, and not by /proc.
    sources: ['sock_diag'],
    detectors: { half_open: { idleAfter: 2 } },
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
    name: 'a crawler meets one host that is not there among many that are',
    async happens({ here, there }) {
      const port = await there.server('sound');
      there.drops('input', 'tcp dport 81');
      const crawler = here.sockets('crawler');
      await crawler.does(`open 10 ${there.address} ${port}`, `begin 1 ${there.address} 81`);
    },
  },
];
