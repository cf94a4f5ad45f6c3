import { describe, expect, test } from 'vitest';
import { Value } from 'typebox/value';
import { AlertEvidenceSchema, MAX_EVIDENCE_SOCKETS } from '../../server/model/evidence.ts';
import type { SocketsQuery } from '../../server/model/ipc.ts';
import { busy } from '../api/given.ts';
import { alert, finding, observation, settled, START_MS } from '../given.ts';
import { answering, history, HOST, keeper, SERIES, socket } from './evidence-given.ts';

const LEAK = finding('10.0.0.1:5432', { filter: 'state close-wait and pid = 42 and dst 10.0.0.1' });
const FIRING = alert('10.0.0.1', 'firing', { finding: LEAK });
/** As long as names get. */
const LONG_NAME = '界'.repeat(64);
const LONG_UNIT = '界'.repeat(128);

/** What is kept of an alert, as the store has it. */
async function kept(over: Parameters<typeof keeper>[0] = {}, firing = FIRING) {
  const { evidence, ...rest } = keeper(over);
  evidence.capture(firing);
  await evidence.close();
  const found = await evidence.get(firing.id);
  expect(Value.Errors(AlertEvidenceSchema, found)).toEqual([]);
  return { ...rest, evidence, found: found! };
}

describe('what is kept of an alert that begins to fire', () => {
  test('its sockets, the oldest first, are those that its finding shows', async () => {
    const asked: SocketsQuery[] = [];
    const { found } = await kept({
      query(query) {
        asked.push(query);
        return answering(743)(query);
      },
    });
    expect(asked).toMatchObject([{ sort: 'age', descending: true, limit: MAX_EVIDENCE_SOCKETS, offset: 0 }]);
    expect(asked[0]!.filter).toMatchObject({ op: 'and' });
    expect(found.alert).toEqual(FIRING);
    expect(found.host).toEqual(HOST);
    expect(found.command).toBe("ss -tanp state close-wait 'dst 10.0.0.1' | grep -F 'pid=42,'");
    expect(found.sockets).toMatchObject({ total: 743, at: '2026-01-02T03:04:05.000Z' });
    expect(found.sockets?.rows).toHaveLength(MAX_EVIDENCE_SOCKETS);
    expect(found.sockets?.rows[0]).toMatchObject({
      state: 'CLOSE_WAIT',
      process: { pid: 42, name: 'app' },
      ageExact: false,
      tcpInfo: { congestionControl: 'cubic' },
    });
    expect(found.socketsError).toBeNull();
  });

  test('their owners, those that hold most of them first, have their descriptors', async () => {
    const other = { pid: 43, name: 'app', unit: null, container: 'c0ffee', pod: null };
    const both = (number: number) =>
      number === 2 ? { processes: [socket(0).process!, other], processesTotal: 2 } : {};
    const { found } = await kept({ latest: () => busy(), query: answering(3, both) });
    expect(found.owners).toMatchObject([
      { pid: 42, unit: 'app.service', sockets: 3, descriptors: 30, descriptorLimit: 1024 },
      { pid: 43, container: 'c0ffee', sockets: 1, descriptors: null },
    ]);
    expect(found.ownersTotal).toBe(2);
  });

  test('the host’s counters and limits are those of the newest pass', async () => {
    const { found } = await kept({ latest: () => busy() });
    expect(found.counters).toMatchObject({
      total: 8,
      byState: { CLOSE_WAIT: 5 },
      rates: { activeOpens: 1 },
      sockstat: { memoryPages: 3 },
      limits: { portRange: { low: 32_768 } },
    });
  });

  test('a client’s finding has the ports to its destination, a server’s its listener', async () => {
    const client = await kept({ latest: () => busy() });
    expect(client.found.ports).toMatchObject([{ remoteAddress: '10.0.0.1', used: 50 }]);
    expect(client.found.listeners).toEqual([]);
    const labels = { role: 'server', local: '0.0.0.0', port: '80', process: 'web', pid: '7' };
    const queue = finding('', { detector: 'accept_queue_full', cause: 'not_accepting', labels });
    const server = await kept({ latest: () => busy() }, alert('', 'firing', { finding: queue }));
    expect(server.found.listeners).toMatchObject([{ address: '0.0.0.0', acceptQueue: 3 }]);
    expect(server.found.ports).toEqual([]);
    expect(server.found.trend?.series.map(({ name }) => name)).toContain(
      'listener_accept_queue{netns="host",port="80",process="web"}',
    );
  });

  test('a finding of another network namespace has that one, and the host’s counters beside it', async () => {
    const labels = { ...LEAK.labels, netns: 'web' };
    const elsewhere = alert('', 'firing', { finding: finding('', { labels }) });
    const { found } = await kept({ latest: () => busy() }, elsewhere);
    expect(found.namespace).toMatchObject({ name: 'web', error: 'setns: EPERM', readAt: null });
    expect(found.ports).toEqual([]);
  });

  test('the ten minutes before are of what the finding names, then of all states', async () => {
    const samples = history();
    const { found, clock } = await kept({ samples });
    expect(samples.asked).toMatchObject([{ from: clock.wallMs() - 600_000, to: clock.wallMs() + 1000 }]);
    const [destination, , , , ofProcess] = SERIES;
    expect(found.trend?.series.map(({ name }) => name)).toEqual([
      destination,
      ofProcess,
      ...SERIES.filter((name) => name.startsWith('tcp_sockets')),
    ]);
    expect(found.trend?.at[0]).toBe(new Date(clock.wallMs() - 600_000).toISOString());
  });

  test('a process’s name with quotes, backslashes and newlines finds its series', async () => {
    const name = 'process_tcp_sockets{process="a\\"b\\\\c\\nd",state="close_wait"}';
    const labels = { ...LEAK.labels, process: 'a"b\\c\nd' };
    const hostile = alert('', 'firing', { finding: finding('', { labels }) });
    const { found } = await kept({ samples: history([name, 'process_tcp_sockets{process="a"}']) }, hostile);
    expect(found.trend?.series.map((series) => series.name)).toEqual([name]);
  });

  test('the largest there can be takes less than 1.5 MB, an ordinary one of 500 sockets less than 0.6 MB', async () => {
    const address = { address: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', port: 65_535 };
    const names = Array.from({ length: 300 }, (_, i) => `tcp_sockets{state="${'x'.repeat(180)}${i}"}`);
    const process = {
      pid: 4_194_304,
      name: LONG_NAME,
      unit: LONG_UNIT,
      container: 'f'.repeat(64),
      pod: 'f'.repeat(36),
    };
    const worst = (number: number) => ({
      netns: LONG_NAME,
      local: address,
      remote: address,
      process: { ...process, pid: process.pid - number },
      processes: Array.from({ length: 20 }, (_, i) => ({ ...process, pid: process.pid - number - i })),
      processesTotal: 1000,
      recvQueueBytes: 4_294_967_295,
      sendQueueBytes: 4_294_967_295,
      ageSeconds: 12_345_678.901_234_567,
      timer: {
        kind: 'retransmit' as const,
        expiresSeconds: 123_456.789_012_345_6,
        retransmits: 255,
        probes: 255,
      },
    });
    const huge = await kept({
      query: answering(5000, worst),
      samples: history(names),
      latest: () => busy({ processes: Array.from({ length: 50 }, () => busy().processes[0]!) }),
    });
    const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
    expect(huge.found.owners.length).toBeLessThanOrEqual(50);
    expect(bytesOf(huge.found)).toBeLessThan(1_500_000);
    const usual = await kept({ query: answering(500), latest: () => busy() });
    expect(bytesOf(usual.found)).toBeLessThan(600_000);
  });
});

describe('where something cannot be had', () => {
  test('an observer that is down costs the sockets, and the rest says why', async () => {
    const { found } = await kept({
      latest: () => busy(),
      query: () => Promise.reject(new Error('the observer was ended by SIGKILL')),
    });
    expect(found).toMatchObject({
      sockets: null,
      socketsError: 'the observer was ended by SIGKILL',
      owners: [{ pid: 42, sockets: 0, descriptors: 30 }],
      counters: { total: 8 },
      trendError: null,
    });
  });

  test('an observer that does not answer is waited for a while, and no longer', async () => {
    const { evidence, clock } = keeper({ query: () => new Promise(() => undefined) });
    evidence.capture(FIRING);
    await clock.advance(60);
    expect((await evidence.get(FIRING.id))?.socketsError).toBe('took longer than 12s');
  });

  test('a filter that is mistaken is said to be', async () => {
    const wrong = alert('', 'firing', { finding: finding('', { filter: 'state closed-wait' }) });
    const { found } = await kept({}, wrong);
    expect(found.sockets).toBeNull();
    expect(found.socketsError).toMatch(/closed-wait|state/);
  });

  test('a store without history, or with none of that time, costs the trend', async () => {
    const failing = () => Promise.reject(new Error('the disk is full'));
    const full = await kept({ samples: { series: failing, query: failing } });
    expect(full.found).toMatchObject({ trend: null, trendError: 'the disk is full', socketsError: null });
    const empty = await kept({ samples: history([]) });
    expect(empty.found).toMatchObject({
      trend: null,
      trendError: 'the history has no samples of that time',
    });
  });

  test('before the first pass there are no counters', async () => {
    const { found } = await kept({ latest: () => null });
    expect(found).toMatchObject({ counters: null, listeners: [], ports: [], namespace: null });
  });

  test('a store that cannot be written is said once, and nothing is thrown', async () => {
    const { evidence, journal, log } = keeper();
    journal.fails = true;
    evidence.capture(FIRING);
    evidence.capture({ ...FIRING, id: 'another' });
    await evidence.close();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('disk full');
    journal.fails = false;
    evidence.capture(FIRING);
    await evidence.close();
    expect(await evidence.get(FIRING.id)).not.toBeNull();
  });

  test('of an alert that never fired there is nothing', async () => {
    expect(await keeper().evidence.get('nobody')).toBeNull();
  });

  test('parts that throw are logged, and alerts hear nothing of it', () => {
    const { evidence, log } = keeper({
      latest: () => {
        throw new Error('broken');
      },
    });
    expect(() => evidence.capture(FIRING)).not.toThrow();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('evidence of an alert cannot be gathered');
  });
});

describe('a storm of alerts', () => {
  const storm = (count: number) => Array.from({ length: count }, (_, i) => ({ ...FIRING, id: `alert-${i}` }));

  test('is asked about two at a time, and every one of 200 is kept', async () => {
    let asking = 0;
    let most = 0;
    const { evidence, journal } = keeper({
      async query(query) {
        most = Math.max(most, ++asking);
        await settled();
        asking--;
        return answering(2)(query);
      },
    });
    for (const each of storm(200)) evidence.capture(each);
    await evidence.close();
    expect(most).toBe(2);
    expect(journal.entries.size).toBe(200);
  });

  test('beyond what waits at most is not kept, and said once', async () => {
    const { evidence, journal, log } = keeper();
    for (const each of storm(500)) evidence.capture(each);
    await evidence.close();
    expect(journal.entries.size).toBe(202);
    expect(log.lines.filter((line) => line.includes('too many alerts'))).toHaveLength(1);
  });

  test('has each the counters of the pass that it began on, however late its turn comes', async () => {
    let total = 0;
    const { evidence } = keeper({
      latest: () => observation({ sockets: { ...observation().sockets, total: ++total } }),
    });
    for (const each of storm(10)) evidence.capture(each);
    await evidence.close();
    const last = await evidence.get('alert-9');
    expect(last?.counters?.total).toBe(10);
    expect(last?.capturedAt).toBe(new Date(START_MS).toISOString());
  });
});
