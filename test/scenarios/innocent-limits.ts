import type { Scenario } from './scenario.ts';
import { sleep } from './scene.ts';
import { POSTGRES_HELLO, POSTGRES_NEEDS, postgresQuery, startPostgres } from './servers.ts';

/** What is used, and not used up. */
export const INNOCENT_LIMITS: readonly Scenario[] = [
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
];
