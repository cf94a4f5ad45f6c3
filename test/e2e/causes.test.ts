import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../server/model/finding.ts';
import { sample, startHalfclose, WAIT, type Halfclose } from './halfclose.ts';
import { isolated, skipUnlessPossible, sysctl, World } from './world.ts';

const SOCKETS = 6;
/** Ports of the range the storm draws from: few, so that it is short. */
const PORTS = 400;
const STORM = 300;

describe('what is wrong is told apart', () => {
  let world: World;
  let halfclose: Halfclose;
  const ports: Record<string, number> = {};

  beforeAll(async () => {
    if (!isolated) return;
    world = new World();
    // Reuse on loopback (the default, 2) would give a TIME_WAIT socket's port away after a second.
    sysctl('net.ipv4.tcp_tw_reuse', '0');
    sysctl('net.ipv4.ip_local_port_range', `40000 ${40000 + PORTS - 1}`);
    await makeCauses('127.0.0.1');
    await makeCauses('::1');
    halfclose = await startHalfclose(world, {
      config: `
detectors:
  close_wait_leak: { minAge: 2s, minCount: ${SOCKETS}, for: 1s }
  time_wait_buildup: { warnRatio: 0.5, criticalRatio: 0.95, explainCount: 100 }
`,
      flags: ['--collect.interval=250ms'],
    });
  });
  beforeEach((context) => skipUnlessPossible(context));
  afterAll(async () => world?.end());

  /** One server of each fault, with connections that their client has closed. */
  async function makeCauses(host: string): Promise<void> {
    for (const [cause, fault, command] of [
      ['never_accepted', 'stalled', 'send'],
      ['unread_data', 'unreading', 'send'],
      ['fin_unread', 'unreading', 'open'],
      ['drained', 'leaking', 'send'],
    ] as const) {
      const { port } = await world.server(fault, host);
      ports[`${cause} ${host}`] = port;
      const client = world.client('closes', port, host);
      await client.does(`${command} ${SOCKETS}`);
      await client.does('close');
    }
  }

  async function findings(detector: string): Promise<Finding[]> {
    const answer = await halfclose.get<{ findings: Finding[] }>('findings');
    return answer.findings.filter((finding) => finding.detector === detector);
  }

  describe.each(['127.0.0.1', '::1'])('of CLOSE_WAIT sockets on %s', (host) => {
    test.each([
      ['never_accepted', 'srv-stalled'],
      ['unread_data', 'srv-unreading'],
      ['fin_unread', 'srv-unreading'],
      ['drained', 'srv-leaking'],
    ])('%s is the cause at %s', async (cause, process) => {
      const finding = await vi.waitFor(async () => {
        const port = String(ports[`${cause} ${host}`]);
        const found = (await findings('close_wait_leak')).filter(
          ({ labels }) => labels['peer'] === host && labels['port'] === port,
        );
        expect(found).toHaveLength(1);
        return found[0]!;
      }, WAIT);
      expect(finding).toMatchObject({ cause, count: SOCKETS, labels: { process, role: 'server' } });
      const { total } = await halfclose.get<{ total: number }>(
        `sockets?filter=${encodeURIComponent(finding.filter)}`,
      );
      expect(total).toBe(SOCKETS);
    });
  });

  test('a storm of short connections runs one destination out of ports, and a client is warned', async () => {
    const { port } = await world.server('sound');
    await world.client('storming', port).does(`cycle ${STORM}`);
    const finding = await vi.waitFor(async () => {
      const found = (await findings('time_wait_buildup')).filter((each) => each.cause === 'client_ports');
      expect(found).toHaveLength(1);
      return found[0]!;
    }, WAIT);
    expect(finding).toMatchObject({
      severity: 'warning',
      labels: { role: 'client', local: '127.0.0.1', peer: `127.0.0.1:${port}` },
      evidence: { portsUsable: PORTS },
    });
    expect(finding.count).toBeGreaterThanOrEqual(STORM / 2);
    const used = sample(await halfclose.text('/metrics'), 'halfclose_ephemeral_ports_used_ratio');
    expect(used).toBeGreaterThanOrEqual(0.5);
  });

  test('TIME_WAIT on the serving side is explained, and alarms nobody', async () => {
    const { port } = await world.server('closing', '::1');
    await world.client('patient', port, '::1').does(`polite 150`);
    const finding = await vi.waitFor(async () => {
      const found = (await findings('time_wait_buildup')).filter((each) => each.cause === 'serving_side');
      expect(found).toHaveLength(1);
      return found[0]!;
    }, WAIT);
    expect(finding).toMatchObject({ severity: 'info', labels: { port: String(port) } });
  });
});
