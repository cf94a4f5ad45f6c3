import type { Scenario } from './scenario.ts';
import type { Scene } from './scene.ts';

/** At the kernel's own pace: how long a handshake takes is told by it. */
const AT_EASE = { speed: 1, watchedSeconds: 10, detectors: { syn_backlog: { for: 2 } } } as const;

/** The ACK that ends a handshake, and neither data nor FIN. */
const PURE_ACK = 'tcp dport 80 tcp flags & (fin | syn | rst | psh | ack) == ack';

/**
 * Again and again sixteen clients, as many as the backlog takes, are on their way in when eight more come. How long their
 * answers take is how long they are held up; whoever gets in is accepted before others come.
 */
async function crowds(scene: Scene, cookies: '0' | '1'): Promise<void> {
  const { here, there } = scene;
  here.sysctl('net.ipv4.tcp_syncookies', cookies);
  const [service, first, late] = [here.sockets('service'), there.sockets('first'), there.sockets('late')];
  await service.does(`listen ${here.address} 80 16`);
  scene.repeats(300, async () => {
    there.drops('output', PURE_ACK);
    await first.does(`begin 16 ${here.address} 80`, 'arrive');
    await late.does(`begin 8 ${here.address} 80`);
    if (cookies === '1') await late.does('arrive');
    there.dropsNothing();
    if (cookies === '1') {
      await late.does('send 5');
      await service.does('accept 8');
      await late.does('close');
    } else {
      // One of them is half in: since Linux 6.11 a listener takes one more than its backlog.
      await late.does('reset');
    }
    await first.does('send 5');
    await service.does('accept 16');
    await first.does('close');
    await service.does('drain', 'close');
  });
}

/** Handshakes that a listener cannot keep. */
export const GUILTY_OF_HANDSHAKES: readonly Scenario[] = [
  {
    name: 'SYNs come whose SYN-ACKs nobody answers',
    async happens(scene) {
      const { here, there } = scene;
      here.sysctl('net.ipv4.tcp_syncookies', '0');
      await here.sockets('service').does(`listen ${here.address} 80 64`, 'serve');
      there.drops('input', 'tcp sport 80');
      const flood = there.sockets('flood');
      scene.repeats(100, () => flood.does(`begin 20 ${here.address} 80`, 'close'));
    },
    // /proc does not show how many handshakes a listener takes.
    sources: ['sock_diag'],
    alarms: [{ detector: 'syn_backlog', cause: 'flood', labels: { port: '80' } }],
  },
  {
    ...AT_EASE,
    name: 'more clients come at once than the backlog takes, and get in by cookies',
    happens: (scene) => crowds(scene, '1'),
    alarms: [{ detector: 'syn_backlog', cause: 'cookies', severity: 'warning' }],
  },
  {
    ...AT_EASE,
    name: 'more clients come at once than the backlog takes, and cookies are off',
    happens: (scene) => crowds(scene, '0'),
    alarms: [{ detector: 'syn_backlog', cause: 'dropping', severity: 'critical' }],
  },
  {
    name: 'a server does not accept, and clients that have done their part cannot end their handshakes',
    async happens(scene) {
      const { here, there } = scene;
      await here.sockets('service').does(`listen ${here.address} 80 64`);
      const [waiting, late] = [there.sockets('waiting'), there.sockets('late')];
      // Full it is with one more, and until then takes SYNs.
      await waiting.does(`open 64 ${here.address} 80`);
      there.drops('output', PURE_ACK);
      await late.does(`begin 60 ${here.address} 80`, 'arrive');
      there.dropsNothing();
      await waiting.does(`open 1 ${here.address} 80`);
      const turnedAway = there.sockets('turned away');
      scene.repeats(100, () => turnedAway.does(`begin 3 ${here.address} 80`, 'close'));
    },
    // /proc does not show how many handshakes a listener takes.
    sources: ['sock_diag'],
    alarms: [
      { detector: 'accept_queue_full', cause: 'overflowing', labels: { process: 'service', port: '80' } },
    ],
    mentions: [{ detector: 'syn_backlog', cause: 'slow_accept', labels: { port: '80' } }],
  },
];
