import { ok } from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import type { Host } from './scene.ts';
import { POSTGRES_HELLO, POSTGRES_NEEDS, postgresQuery, startNginx, startPostgres } from './servers.ts';

const leak = (cause: string, labels: Record<string, string> = {}) =>
  ({ detector: 'close_wait_leak', cause, labels }) as const;

/** Eight connections of `there` to a server of `here` with that fault, which their client has closed. */
async function leftBy(there: Host, here: Host, fault: string, words = 'send', host = here.address) {
  const port = await here.server(fault, host);
  await there.client('caller', port, host === '::' ? here.address : host).does(`${words} 8`, 'close');
}

/** Connections that our side does not close. */
export const GUILTY_OF_CLOSING: readonly Scenario[] = [
  {
    name: 'a Node.js server reads to the end and never closes',
    happens: ({ here, there }) => leftBy(there, here, 'leaking'),
    alarms: [leak('drained', { process: 'srv-leaking', role: 'server', peer: '10.77.0.2' })],
  },
  {
    name: 'a server over IPv6 never closes',
    happens: ({ here, there }) => leftBy(there, here, 'leaking', 'send', here.address6),
    alarms: [leak('drained', { process: 'srv-leaking', role: 'server', peer: 'fd77::2' })],
  },
  {
    name: 'a server for both families never closes what came over IPv4',
    happens: ({ here, there }) => leftBy(there, here, 'leaking', 'send', '::'),
    alarms: [leak('drained', { process: 'srv-leaking', role: 'server', peer: '10.77.0.2' })],
  },
  {
    name: 'the event loop of a Node.js server hangs, and clients give up in its accept queue',
    happens: ({ here, there }) => leftBy(there, here, 'stalled'),
    alarms: [{ detector: 'accept_queue_full', cause: 'not_accepting', labels: { process: 'srv-stalled' } }],
    mentions: [leak('never_accepted', { process: 'srv-stalled' })],
  },
  {
    name: 'a server accepts, and hangs before it reads what its clients sent',
    happens: ({ here, there }) => leftBy(there, here, 'unreading'),
    alarms: [leak('unread_data', { process: 'srv-unreading' })],
  },
  {
    name: 'a server never looks at connections whose clients left without a word',
    happens: ({ here, there }) => leftBy(there, here, 'unreading', 'open'),
    alarms: [leak('fin_unread', { process: 'srv-unreading', role: 'server' })],
  },
  {
    name: 'a Node.js client never closes what its server has closed',
    async happens({ here, there }) {
      await here.client('forgetful', await there.server('closing'), there.address).does('leak 8');
    },
    alarms: [leak('drained', { process: 'forgetful', role: 'client' })],
  },
  {
    name: 'a Node.js proxy forgets to end the tunnels of CONNECT',
    async happens({ here, there }) {
      const upstream = await there.server('sound');
      const proxy = await here.node('http-server.js', 'tunnel', here.address, '0').line();
      const browser = there.sockets('browser');
      await browser.does(
        `open 8 ${here.address} ${proxy}`,
        `say CONNECT ${there.address}:${upstream} HTTP/1.1\\r\\nHost: there\\r\\n\\r\\n`,
        'await 19',
        'close',
      );
    },
    alarms: [leak('drained', { process: 'http-tunnel', role: 'server' })],
  },
  {
    name: 'a Python server keeps connections in a list and forgets them there',
    async happens({ here, there }) {
      const port = Number(await here.python('leaking-server.py', here.address).line());
      await there.client('caller', port, here.address).does('send 8', 'close');
    },
    alarms: [leak('drained', { process: 'python3', role: 'server' })],
  },
  {
    name: 'a Python client looks at the status of its answers and leaves the rest unread',
    async happens({ here, there }) {
      const port = await there.node('http-server.js', 'closing', there.address, '0', '20000').line();
      const client = here.python('unread-responses.py', there.address, port, '8');
      ok((await client.line()) === 'done');
    },
    alarms: [leak('unread_data', { process: 'python3', role: 'client' })],
  },
  {
    name: 'nginx keeps clients that have left, while it waits for an upstream that answers nobody',
    async happens({ here, there }) {
      const upstream = await there.node('http-server.js', 'never', there.address, '0').line();
      await startNginx(
        here,
        `location / { proxy_pass http://${there.address}:${upstream}; proxy_ignore_client_abort on; }`,
      );
      const client = there.sockets('impatient');
      await client.does(`open 8 ${here.address} 8080`, 'say GET / HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n');
      await here.hasRead(8080, 8);
      await client.does('close');
    },
    needs: ['nginx'],
    alarms: [leak('fin_unread', { process: 'nginx', role: 'server' })],
  },
  {
    name: 'the processes of PostgreSQL work on for clients that have left, one process for each',
    async happens({ here, there }) {
      await startPostgres(here);
      const client = there.sockets('impatient');
      await client.does(`open 8 ${here.address} 5432`, POSTGRES_HELLO, 'await 300', 'read 1000');
      await client.does(postgresQuery('select pg_sleep(60)'));
      await here.hasRead(5432, 8);
      await client.does('close');
    },
    needs: POSTGRES_NEEDS,
    alarms: [leak('fin_unread', { process: 'postgres', role: 'server', port: '5432' })],
  },
  {
    name: 'a leak eats the descriptors of a process, and when they are used up is foreseen',
    async happens(scene) {
      const { here, there } = scene;
      const port = await there.server('closing');
      const client = here.client('doomed', port, there.address, 400);
      await client.does('leak 20');
      scene.repeats(100, () => client.does('leak 2'));
    },
    alarms: [{ ...leak('drained', { process: 'doomed', role: 'client' }), severity: 'critical' }],
  },
  {
    name: 'a client opens and closes connections to one server faster than TIME_WAIT ends',
    async happens({ here, there }) {
      here.sysctl('net.ipv4.ip_local_port_range', '40000 40399');
      const port = await there.server('sound');
      await here.client('hasty', port, there.address).does('cycle 250');
    },
    alarms: [
      {
        detector: 'time_wait_buildup',
        cause: 'client_ports',
        labels: { role: 'client', local: '10.77.0.1' },
      },
    ],
  },
  {
    name: 'the table of TIME_WAIT sockets is full, and late segments may hit new connections',
    async happens(scene) {
      const { here, there } = scene;
      here.sysctl('net.ipv4.tcp_max_tw_buckets', '100');
      const port = await there.server('sound');
      const client = here.client('hasty', port, there.address);
      await client.does('cycle 120');
      scene.repeats(50, () => client.does('cycle 5'));
    },
    alarms: [{ detector: 'time_wait_buildup', cause: 'table_full' }],
  },
];
