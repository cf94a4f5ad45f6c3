import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createMetrics, type MetricsParts } from '../../server/metrics/index.ts';
import { DETECTOR_NAMES, SEVERITIES } from '../../server/model/finding.ts';
import type { ListenerSummary, NamespaceSummary } from '../../server/model/observation.ts';
import { NO_LIMITS } from '../../server/model/snapshot.ts';
import { STATES, type State } from '../../server/model/state.ts';
import { alert, NO_STORAGE } from '../given.ts';
import { busy, counts, DOWN, STARTING, UP } from '../api/given.ts';

function metrics(over: Partial<MetricsParts> = {}) {
  return createMetrics({
    storage: NO_STORAGE.status,
    version: '1.2.3',
    status: () => UP,
    alerts: () => [alert('10.0.0.1', 'firing'), alert('10.0.0.2', 'resolved')],
    receivers: () => ['team'],
    outcomes: ['delivered', 'refused'],
    ...over,
  });
}

/** The lines of Halfclose's own series, without prefix. */
async function series(own: ReturnType<typeof metrics>, start = ''): Promise<string[]> {
  const { body } = await own.render(false);
  const prefix = 'halfclose_';
  const lines = body.split('\n').filter((line) => line.startsWith(prefix + start));
  return lines.map((line) => line.slice(prefix.length));
}

describe('the metrics of an observation', () => {
  it('have a series for every state and family, zeros too', async () => {
    const own = metrics();
    own.publish(busy());
    const sockets = await series(own, 'tcp_sockets');
    expect(sockets).toHaveLength(STATES.length * 2);
    expect(sockets).toContain('tcp_sockets{state="close_wait",family="ipv4"} 5');
    expect(sockets).toContain('tcp_sockets{state="last_ack",family="ipv6"} 0');
    const ages = await series(own, 'tcp_oldest');
    expect(ages).toHaveLength(STATES.length);
    expect(ages).toContain('tcp_oldest_socket_age_seconds{state="close_wait"} 125');
  });

  it('sum processes up by name, and hostile names break no line', async () => {
    const own = metrics();
    own.publish(busy());
    const processes = await series(own, 'process_tcp_sockets');
    expect(processes).toHaveLength(STATES.length * 3);
    expect(processes).toContain('process_tcp_sockets{process="app",state="close_wait"} 5');
    expect(processes).toContain('process_tcp_sockets{process="other",state="established"} 2');
    expect(processes).toContain('process_tcp_sockets{process="sh \\"x\\"\ufffd\ufffd[1m",state="listen"} 1');
  });

  it('add the accept queues of one port and process, and leave out what the kernel does not tell', async () => {
    const own = metrics();
    own.publish(busy());
    expect(await series(own, 'listener_')).toEqual([
      'listener_accept_queue{port="80",process="web"} 7',
      'listener_accept_queue{port="81",process="unknown"} 0',
      'listener_accept_queue_max{port="81",process="unknown"} 128',
    ]);
  });

  it('keep the fullest hundred listeners, and the rest as other', async () => {
    const listeners = Array.from({ length: 150 }, (_, i): ListenerSummary => {
      const process = { pid: 1, name: 'web', unit: null, container: null };
      return { netns: 'host', address: '::', port: 1000 + i, process, acceptQueue: i, acceptQueueMax: null };
    });
    const own = metrics();
    own.publish(busy({ listeners }));
    const queues = await series(own, 'listener_accept_queue{');
    expect(queues).toHaveLength(101);
    expect(queues).toContain('listener_accept_queue{port="1149",process="web"} 149');
    expect(queues).toContain('listener_accept_queue{port="other",process="other"} 1225');
  });

  it('tell the use of ports to the fullest destination, where the range is known', async () => {
    const own = metrics();
    own.publish(busy());
    expect(await series(own, 'ephemeral')).toEqual(['ephemeral_ports_used_ratio 0.25']);
    own.publish(busy({ ports: [] }));
    expect(await series(own, 'ephemeral')).toEqual(['ephemeral_ports_used_ratio 0']);
    own.publish(busy({ limits: { ...busy().limits, portRange: null }, ports: [] }));
    expect(await series(own, 'ephemeral')).toEqual([]);
  });

  it('tell namespaces apart where several are watched, those beyond the ones that are listed as other', async () => {
    const own = metrics();
    own.publish(busy());
    expect(await series(own, 'namespace_')).toEqual([]);
    const named = (name: string, byState: Record<State, number>): NamespaceSummary => ({
      name,
      kind: 'named',
      inode: 1,
      processes: 1,
      readAt: 1,
      intervalSeconds: 1,
      source: null,
      complete: true,
      error: null,
      sockets: 1,
      byState,
      rates: null,
      limits: NO_LIMITS,
    });
    const base = busy();
    own.publish({
      ...base,
      sockets: { ...base.sockets, byState: counts({ CLOSE_WAIT: 9, LISTEN: 1 }) },
      namespaces: [named('host', counts({ CLOSE_WAIT: 5 })), named('web "x"', counts({ LISTEN: 1 }))],
      namespacesTotal: 3,
    });
    const lines = await series(own, 'namespace_tcp_sockets');
    expect(lines).toHaveLength(STATES.length * 3);
    expect(lines).toContain('namespace_tcp_sockets{netns="host",state="close_wait"} 5');
    expect(lines).toContain('namespace_tcp_sockets{netns="web \\"x\\"",state="listen"} 1');
    expect(lines).toContain('namespace_tcp_sockets{netns="other",state="close_wait"} 4');
    expect(await series(own, 'network_namespaces')).toEqual(['network_namespaces 3']);

    own.publish({
      ...base,
      sockets: { ...base.sockets, byState: counts({ LISTEN: 9 }) },
      namespaces: [
        named('host', counts({ LISTEN: 1 })),
        named('other', counts({ LISTEN: 2 })),
        { ...named('unread', counts({})), readAt: null, complete: false },
      ],
      namespacesTotal: 4,
    });
    const listening = (await series(own, 'namespace_tcp_sockets')).filter((line) => line.includes('listen'));
    // What is called `other` is counted with the rest; of one that could not be read 0 would be a lie.
    expect(listening).toEqual([
      'namespace_tcp_sockets{netns="host",state="listen"} 1',
      'namespace_tcp_sockets{netns="other",state="listen"} 8',
    ]);
  });

  it('count findings and alerts, zero-filled', async () => {
    const own = metrics();
    own.publish(busy());
    const one = 'findings{detector="close_wait_leak",severity="warning"}';
    expect(await series(own, 'findings')).toEqual(
      DETECTOR_NAMES.flatMap((name) =>
        SEVERITIES.map((severity) => `findings{detector="${name}",severity="${severity}"}`),
      ).map((labelled) => `${labelled} ${labelled === one ? 1 : 0}`),
    );
    const firing = 'alerts{alertname="close_wait_leak",state="firing"}';
    expect(await series(own, 'alerts')).toEqual(
      DETECTOR_NAMES.flatMap((name) =>
        ['pending', 'firing'].map((state) => `alerts{alertname="${name}",state="${state}"}`),
      ).map((labelled) => `${labelled} ${labelled === firing ? 1 : 0}`),
    );
  });

  it('lose the labels that are gone', async () => {
    const own = metrics();
    own.publish(busy());
    await own.render(false);
    own.publish(busy({ processes: [], listeners: [], units: [] }));
    expect((await series(own)).filter((line) => /process="(app|web)"|collector="proc"/.test(line))).toEqual(
      [],
    );
  });

  it('are the same however often they are asked for', async () => {
    const own = metrics();
    own.publish(busy());
    own.countNotification('team', 'delivered');
    const first = await series(own);
    await own.render(true);
    expect(await series(own)).toEqual(first);
    expect(first).toContain('notifications_total{receiver="team",outcome="delivered"} 1');
    expect(first).toContain('notifications_total{receiver="team",outcome="refused"} 0');
    expect(first).toContain('collector_cpu_seconds_total 1.5');
    expect(first).toContain('last_snapshot_timestamp_seconds 1767323045');
  });

  it('carry no address, pid or remote port', async () => {
    const own = metrics();
    own.publish(busy());
    const text = (await series(own)).join('\n');
    expect(text).not.toMatch(/10\.0\.0\.|"42"|"43"|5432|pid=/);
  });
});

describe('the metrics of health', () => {
  it('say which collector and detector failed', async () => {
    const own = metrics();
    own.publish(busy());
    const lines = await series(own);
    expect(lines).toContain('collector_up{collector="proc"} 1');
    expect(lines).toContain('collector_duration_seconds{collector="proc"} 0.004');
    expect(lines).toContain('detector_up{detector="close_wait_leak"} 0');
    expect(lines).toContain('snapshot_complete 1');
    expect(lines).toContain('observer_up 1');
    expect(lines).toContain(`build_info{version="1.2.3",nodeversion="${process.version}"} 1`);
  });

  it('count the processes that may not be read by the capability that is missing, zero-filled', async () => {
    const own = metrics();
    const deniedOf = async () => (await series(own)).filter((line) => line.startsWith('processes_denied'));
    own.publish(busy());
    expect(await deniedOf()).toEqual([
      'processes_denied{capability="none"} 0',
      'processes_denied{capability="CAP_DAC_READ_SEARCH"} 0',
      'processes_denied{capability="CAP_SYS_PTRACE"} 0',
    ]);
    const missingCapabilities = [{ capability: 'CAP_SYS_PTRACE', processes: 7 }] as const;
    const { ownership } = busy();
    own.publish(busy({ ownership: { ...ownership, processesDeniedAlthoughHeld: 2, missingCapabilities } }));
    expect(await deniedOf()).toEqual([
      'processes_denied{capability="none"} 2',
      'processes_denied{capability="CAP_DAC_READ_SEARCH"} 0',
      'processes_denied{capability="CAP_SYS_PTRACE"} 7',
    ]);
  });

  it('tell the source, and how far apart passes are and what they cost; of one kind where there is one', async () => {
    const own = metrics();
    own.publish(busy());
    expect(await series(own)).toContain('source_active{source="proc"} 1');
    expect((await series(own)).filter((line) => line.startsWith('pass_'))).toEqual([
      'pass_interval_seconds{kind="full"} 1',
      'pass_cpu_seconds{kind="full"} 0',
    ]);
    const counts = { intervalSeconds: 2, cpuSeconds: 0.05 };
    own.publish({ ...busy(), passes: { full: { intervalSeconds: 40, cpuSeconds: 1 }, counts } });
    expect((await series(own)).filter((line) => line.startsWith('pass_'))).toEqual([
      'pass_interval_seconds{kind="full"} 40',
      'pass_interval_seconds{kind="counts"} 2',
      'pass_cpu_seconds{kind="full"} 1',
      'pass_cpu_seconds{kind="counts"} 0.05',
    ]);
  });

  it('say that a pass was not complete, and withhold its counts, but not the findings, which stand', async () => {
    const own = metrics();
    own.publish(busy({ complete: false }));
    const lines = await series(own);
    expect(lines).toContain('snapshot_complete 0');
    expect(lines.filter((line) => /^[a-z_]*(tcp_sockets|oldest|accept|ephemeral)/.test(line))).toEqual([]);
    expect(lines).toContain('findings{detector="close_wait_leak",severity="warning"} 1');
  });

  it('are 0 while the observer is down, and what it saw is withheld', async () => {
    let status = UP;
    const own = metrics({ status: () => status });
    own.publish(busy());
    await own.render(false);
    status = DOWN;
    const lines = await series(own);
    expect(lines).toContain('observer_up 0');
    expect(lines).toContain('observer_restarts_total 3');
    expect(lines).toContain('snapshot_complete 0');
    expect(lines).toContain('collector_up{collector="proc"} 0');
    expect(lines).toContain('last_snapshot_timestamp_seconds 1767323045');
    expect(
      lines.filter((line) =>
        /^[a-z_]*(tcp_sockets|oldest|accept|ephemeral|findings|duration|cpu)/.test(line),
      ),
    ).toEqual([]);
    // Alerts go on while nothing is seen.
    expect(lines).toContain('alerts{alertname="close_wait_leak",state="firing"} 1');
  });

  it('are 0 while a running observer is silent for more than three intervals', async () => {
    const age = (observationAgeSeconds: number) => ({ status: () => ({ ...UP, observationAgeSeconds }) });
    const { intervalSeconds } = busy();
    const heard = metrics(age(3 * intervalSeconds + 1));
    heard.publish(busy());
    expect(await series(heard)).toContain('collector_up{collector="proc"} 1');
    const silent = metrics(age(3 * intervalSeconds + 3));
    silent.publish(busy());
    const lines = await series(silent);
    expect(lines).toContain('observer_up 0');
    expect(lines).toContain('collector_up{collector="proc"} 0');
    expect(lines.filter((line) => line.startsWith('tcp_sockets'))).toEqual([]);
  });

  it('are there before the first observation', async () => {
    const lines = await series(metrics({ status: () => STARTING, alerts: () => [] }));
    expect(lines).toContain('observer_up 0');
    expect(lines).toContain('snapshot_complete 0');
    expect(lines.filter((line) => line.startsWith('last_snapshot'))).toEqual([]);
  });
});

describe('promtool', () => {
  it('finds nothing to complain of', async (ctx) => {
    if (spawnSync('promtool', ['--version']).status !== 0) ctx.skip('needs promtool (package prometheus)');
    const own = metrics();
    own.countNotification('team', 'delivered');
    for (const observation of [
      busy(),
      busy({ processes: [{ ...busy().processes[0]!, byState: counts({}) }] }),
    ]) {
      own.publish(observation);
      const { body } = await own.render(false);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: body,
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });
});
