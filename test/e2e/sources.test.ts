import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ListenersAnswerSchema, SocketsAnswer, SummaryAnswer } from '../../server/model/api.ts';
import type { Static } from 'typebox';
import { sample, startHalfclose, WAIT } from './halfclose.ts';
import { isolated, skipUnlessPossible, sysctl, World, type Client } from './world.ts';

const WITHOUT_KOFFI = new URL('programs/without-koffi.js', import.meta.url).href;

describe('with connections of both families', () => {
  let world: World;
  let clients: Client[];

  beforeEach(async (context) => {
    skipUnlessPossible(context, 'ss');
    if (!isolated) return;
    // Passes only count where most sockets are ESTABLISHED, not in TIME_WAIT from the test before.
    sysctl('net.ipv4.tcp_max_tw_buckets', '0');
    world = new World();
    clients = [];
    for (const host of ['127.0.0.1', '::1']) {
      const { port } = await world.server('sound', host);
      const client = world.client('stays', port, host);
      await client.does('open 10');
      clients.push(client);
    }
  });
  afterEach(() => world?.end());

  test('sock_diag is taken: accept queues have maxima, and connections tell of themselves', async () => {
    const halfclose = await startHalfclose(world);
    const summary = await halfclose.get<SummaryAnswer>('summary');
    expect(summary).toMatchObject({ source: 'sock_diag', sourceReason: 'the cheapest source, and it works' });
    expect(sample(await halfclose.text('/metrics'), 'halfclose_source_active{source="sock_diag"}')).toBe(1);
    const { listeners } = await halfclose.get<Static<typeof ListenersAnswerSchema>>('listeners');
    expect(listeners.length).toBeGreaterThan(2);
    for (const { acceptQueueMax } of listeners) expect(acceptQueueMax).toBeGreaterThan(0);
    const { rows } = await halfclose.get<SocketsAnswer>('sockets?filter=state%20established&limit=5');
    expect(rows).toHaveLength(5);
    for (const { tcpInfo } of rows)
      expect(tcpInfo).toMatchObject({ backoff: 0, memory: { receivedBytes: 0 } });
  });

  test('without koffi /proc is taken, and everybody is told why', async () => {
    const halfclose = await startHalfclose(world, {
      env: { ...process.env, NODE_OPTIONS: `--import=${WITHOUT_KOFFI}` },
    });
    const summary = await halfclose.get<SummaryAnswer>('summary');
    expect(summary).toMatchObject({ source: 'proc', complete: true });
    expect(summary.sourceReason).toContain('koffi is not installed here');
    expect(summary.sockets.byState.ESTABLISHED).toBeGreaterThanOrEqual(40);
    expect(halfclose.program.errorOutput).toContain('koffi is not installed here');
    const metrics = await halfclose.text('/metrics');
    expect(sample(metrics, 'halfclose_source_active{source="proc"}')).toBe(1);
    expect(sample(metrics, 'halfclose_collector_up{collector="proc"}')).toBe(1);
  });

  test('beyond the CPU budget passes only count, and the counts are those of ss all the same', async () => {
    const halfclose = await startHalfclose(world, {
      flags: ['--collect.cpu-budget=0.5%', '--collect.interval=100ms'],
    });
    const counted = await vi.waitFor(async () => {
      const summary = await halfclose.get<SummaryAnswer>('summary');
      expect(summary.kind).toBe('counts');
      return summary;
    }, WAIT);
    expect(counted.passes.full.intervalSeconds).toBeGreaterThan(0.2);
    expect(counted.passes.counts?.cpuSeconds).toBeGreaterThan(0);
    for (const client of clients) await client.does('open 5');
    const established = (family: string) =>
      execFileSync('ss', ['-tnH', family, 'state', 'established'], { encoding: 'utf8' }).trim().split('\n')
        .length;
    await vi.waitFor(async () => {
      const before = [established('-4'), established('-6')];
      const { kind, sockets } = await halfclose.get<SummaryAnswer>('summary');
      const { ipv4, ipv6 } = sockets.byStateFamily;
      expect([kind, ipv4.ESTABLISHED, ipv6.ESTABLISHED]).toEqual(['counts', ...before]);
    }, WAIT);
  });
});
