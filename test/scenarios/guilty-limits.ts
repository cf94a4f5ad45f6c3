import { readFileSync } from 'node:fs';
import type { Scenario } from './scenario.ts';
import type { Scene, Told } from './scene.ts';

/** At the observer's clock ten times the kernel's: a hundred a second there are ten a second here. */
const STORM = { speed: 10, watchedSeconds: 75 } as const;

/** Each takes some 300 bytes of the kernel's memory, and a scenario that makes them a few microseconds. */
const MAX_TRACKED = 300_000;
const CONNTRACK_MAX = conntrackMax();
const tooMuchToTrack =
  CONNTRACK_MAX === null
    ? 'this kernel does not track connections'
    : CONNTRACK_MAX > MAX_TRACKED
      ? `needs nf_conntrack_max of ${MAX_TRACKED} at most: here it is ${CONNTRACK_MAX}`
      : undefined;

/** The limit of every network namespace, which each fills on its own; it is only to be changed for all of them. */
function conntrackMax(): number | null {
  try {
    return Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'));
  } catch {
    return null;
  }
}

/** Fills so much of the table by datagrams that nobody answers. */
async function tracked({ here, there }: Scene, share: number): Promise<Told> {
  there.drops('input', 'meta l4proto udp');
  // A namespace tracks nothing before a rule asks for it.
  here.drops('input', 'ct state invalid');
  here.sysctl('net.netfilter.nf_conntrack_udp_timeout', '300');
  const scatterer = here.sockets('scatterer');
  await scatterer.does(`scatter ${Math.ceil(share * (CONNTRACK_MAX ?? 0))} ${there.address}`);
  return scatterer;
}

/** What there is only so much of. */
export const GUILTY_OF_LIMITS: readonly Scenario[] = [
  {
    name: 'open connections to one server take most of the ports there are',
    async happens({ here, there }) {
      here.sysctl('net.ipv4.ip_local_port_range', '40000 40099');
      const port = await there.server('sound');
      await here.client('holding', port, there.address).does('open 60');
    },
    alarms: [
      {
        detector: 'port_exhaustion',
        cause: 'held_open',
        severity: 'warning',
        labels: { local: '10.77.0.1' },
      },
    ],
  },
  {
    name: 'sockets that are bound before they connect take most of the ports of an address',
    async happens({ here }) {
      here.sysctl('net.ipv4.ip_local_port_range', '40000 40099');
      await here.sockets('binding').does(`bind 85 ${here.address}`);
    },
    // /proc does not list them.
    sources: ['sock_diag'],
    alarms: [{ detector: 'port_exhaustion', cause: 'bound_only', severity: 'critical' }],
  },
  {
    name: 'a server stops accepting, its queue overflows, and clients give up in it',
    async happens(scene) {
      const { here, there } = scene;
      await here.sockets('service').does(`listen ${here.address} 80 8`);
      const caller = there.sockets('caller');
      await caller.does(`open 8 ${here.address} 80`, 'send 5', 'close');
      scene.repeats(100, () => caller.does(`begin 3 ${here.address} 80`, 'close'));
    },
    alarms: [
      { detector: 'accept_queue_full', cause: 'overflowing', labels: { process: 'service', port: '80' } },
    ],
    mentions: [{ detector: 'close_wait_leak', cause: 'never_accepted', labels: { process: 'service' } }],
  },
  {
    name: 'a server stops accepting while its queue is still short',
    async happens({ here, there }) {
      await here.sockets('service').does(`listen ${here.address} 80 64`);
      await there.sockets('caller').does(`open 8 ${here.address} 80`, 'send 5');
    },
    alarms: [
      { detector: 'accept_queue_full', cause: 'not_accepting', labels: { process: 'service', port: '80' } },
    ],
  },
  {
    name: 'a server stops accepting when its queue is nearly full',
    async happens({ here, there }) {
      await here.sockets('service').does(`listen ${here.address} 80 10`);
      await there.sockets('caller').does(`open 9 ${here.address} 80`);
    },
    // /proc does not show how many the queue takes.
    sources: ['sock_diag'],
    alarms: [
      { detector: 'accept_queue_full', cause: 'nearly_full', labels: { process: 'service', port: '80' } },
    ],
  },
  {
    name: 'a process has all the descriptors that it may have',
    happens: ({ here }) => here.sockets('hoarder', 100).does(`listen ${here.address} 80 64`, 'hoard'),
    alarms: [
      {
        detector: 'descriptor_exhaustion',
        cause: 'exhausted',
        severity: 'critical',
        labels: { process: 'hoarder' },
      },
    ],
  },
  {
    name: 'a process has nearly all the descriptors that it may have',
    happens: ({ here }) => here.sockets('hoarder', 100).does(`listen ${here.address} 80 64`, 'files 82'),
    alarms: [
      {
        detector: 'descriptor_exhaustion',
        cause: 'near_limit',
        severity: 'warning',
        labels: { process: 'hoarder' },
      },
    ],
  },
  {
    name: 'a process opens files and forgets them',
    async happens(scene) {
      const hoarder = scene.here.sockets('hoarder', 2000);
      await hoarder.does(`listen ${scene.here.address} 80 64`, 'files 1040');
      scene.repeats(200, () => hoarder.does('files 8'));
    },
    alarms: [{ detector: 'descriptor_exhaustion', cause: 'growing', labels: { process: 'hoarder' } }],
  },
  {
    ...STORM,
    name: 'our server closes what it has not read, and its clients lose the answer',
    async happens(scene) {
      const { here, there } = scene;
      const [service, caller] = [here.sockets('service'), there.sockets('caller')];
      await service.does(`listen ${here.address} 80 256`);
      scene.repeats(50, async () => {
        await caller.does(`open 60 ${here.address} 80`, 'send 5');
        await service.does('accept 60', 'close');
        await caller.does('close');
      });
    },
    alarms: [{ detector: 'reset_storm', cause: 'unread_at_close' }],
  },
  {
    ...STORM,
    name: 'our client resets each of its connections by SO_LINGER 0',
    async happens(scene) {
      const { here, there } = scene;
      await there.sockets('service').does(`listen ${there.address} 80 256`, 'serve');
      const client = here.sockets('rude');
      scene.repeats(50, () => client.does(`open 60 ${there.address} 80`, 'reset'));
    },
    alarms: [{ detector: 'reset_storm', cause: 'linger_zero' }],
  },
  {
    ...STORM,
    name: 'our client tries again and again where nobody listens',
    async happens(scene) {
      const { here, there } = scene;
      const client = here.sockets('stubborn');
      scene.repeats(50, async () => {
        for (let i = 0; i < 60; i++) await client.does(`knock ${there.address} 80`);
      });
    },
    alarms: [{ detector: 'reset_storm', cause: 'refused' }],
  },
  {
    ...STORM,
    name: 'what our client sends is lost on the way, connection after connection, until the kernel gives each up',
    async happens(scene) {
      const { here, there } = scene;
      await there.sockets('service').does(`listen ${there.address} 80 256`, 'serve');
      there.drops('input', 'tcp dport 80 tcp flags & psh == psh');
      const client = here.sockets('patient');
      scene.repeats(50, () => client.does(`open 60 ${there.address} 80`, 'patience 300', 'send 5', 'endure'));
    },
    alarms: [{ detector: 'reset_storm', cause: 'timed_out' }],
  },
  {
    ...STORM,
    name: 'our server closes while its clients are still sending',
    async happens(scene) {
      const { here, there } = scene;
      const [service, caller] = [here.sockets('service'), there.sockets('caller')];
      await service.does(`listen ${here.address} 80 256`);
      // What they send crosses the FIN on the way: once that is acknowledged the kernel resets, and counts no more.
      there.drops('input', 'tcp sport 80 tcp flags & fin == fin');
      scene.repeats(50, async () => {
        await caller.does(`open 60 ${here.address} 80`);
        await service.does('accept 60', 'close');
        await caller.does('send 5', 'close');
      });
    },
    alarms: [{ detector: 'reset_storm', cause: 'data_after_close', certainty: 'strong' }],
  },
  {
    name: 'packets to everywhere fill the table of tracked connections',
    async happens(scene) {
      await tracked(scene, 0.85);
    },
    impossible: tooMuchToTrack,
    alarms: [{ detector: 'conntrack_full', cause: 'nearly_full', severity: 'warning' }],
  },
  {
    name: 'the table of tracked connections is full, and new ones throw out others',
    async happens(scene) {
      const scatterer = await tracked(scene, 1.01);
      scene.repeats(100, () => scatterer.does(`scatter 2000 ${scene.there.address}`));
    },
    impossible: tooMuchToTrack,
    alarms: [{ detector: 'conntrack_full', cause: 'dropping', severity: 'critical' }],
  },
];
