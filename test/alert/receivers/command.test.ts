import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createCommand } from '../../../server/alert/receivers/command.ts';
import { createReceivers } from '../../../server/alert/receivers/index.ts';
import { webhookBody } from '../../../server/alert/receivers/webhook.ts';
import { parseConfigFile } from '../../../server/config/file.ts';
import type { Delivery, Notification } from '../../../server/model/alert.ts';
import { manualClock, memoryLog } from '../../given.ts';
import { NOTIFICATION } from './sample.ts';

/** Files in it tell what the programs did. */
const folder = mkdtempSync(join(tmpdir(), 'halfclose-command-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let files = 0;
const newFile = () => join(folder, String(files++));

const open = (argv: readonly string[], timeout = 30) =>
  createCommand('run', { argv: [...argv], timeout, sendResolved: true });
const shell = (script: string) => ['/bin/sh', '-c', script];
const send = (
  argv: readonly string[],
  timeout?: number,
  notification: Notification = NOTIFICATION,
): Promise<Delivery> => open(argv, timeout).send(notification, new AbortController().signal);

/** Whether a process runs. One that has ended and is waiting for its parent, which may be this container's init, does not. */
function isAlive(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).charAt(2) !== 'Z';
  } catch {
    return false;
  }
}
async function pidsIn(file: string, count: number): Promise<string[]> {
  return vi.waitFor(() => {
    const pids = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    expect(pids).toHaveLength(count);
    return pids;
  });
}

describe('the program', () => {
  test("has the webhook's body on its standard input", async () => {
    const file = newFile();
    expect(await send(shell(`cat > ${file}`))).toMatchObject({ outcome: 'delivered' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(webhookBody(NOTIFICATION))),
    );
  });

  test('has PATH, HOME and a few facts in its environment, and nothing else', async () => {
    vi.stubEnv('HALFCLOSE_WEB_CONFIG_FILE', '/secret');
    vi.stubEnv('HOME', '/home/somebody');
    const delivery = await send(['env']);
    vi.unstubAllEnvs();
    const lines = delivery.exchange?.answer.trim().split('\n') ?? [];
    const environment = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)) as [string, string][]);
    expect(environment).toEqual({
      PATH: process.env['PATH'],
      HOME: '/home/somebody',
      HALFCLOSE_STATUS: 'firing',
      HALFCLOSE_RECEIVER: 'team',
      HALFCLOSE_GROUP: '{}:{alertname="close_wait_leak"}',
      HALFCLOSE_TEST: '0',
      HALFCLOSE_URL: 'http://db1:10793',
    });
  });

  test('has its arguments as they stand, and no shell reads them', async () => {
    const { exchange } = await send(['printf', '%s|', '$HOME', '`id`', '; id', '*', '']);
    expect(exchange).toEqual({
      body: JSON.stringify(webhookBody(NOTIFICATION)),
      status: 0,
      answer: '$HOME|`id`|; id|*||',
    });
  });

  test('need not read its input, however long that is', async () => {
    const labels = { ...NOTIFICATION.groupLabels, long: 'x'.repeat(1_000_000) };
    const alerts = NOTIFICATION.alerts.map((alert) => ({ ...alert, labels }));
    expect(await send(['true'], 30, { ...NOTIFICATION, alerts })).toMatchObject({ outcome: 'delivered' });
  });

  test('is run once at a time, also when it is asked for more', async () => {
    const file = newFile();
    const command = open(shell(`mkdir ${file}.lock || exit 1; echo x >> ${file}; rmdir ${file}.lock`));
    const signal = new AbortController().signal;
    const deliveries = await Promise.all(Array.from({ length: 5 }, () => command.send(NOTIFICATION, signal)));
    expect(deliveries.map(({ outcome }) => outcome)).toEqual(Array(5).fill('delivered'));
    expect(readFileSync(file, 'utf8')).toBe('x\n'.repeat(5));
  });

  test.each([[[]], [['']], [['true', 'a\0b']]])(
    'cannot be %j, which is said when Halfclose starts',
    (argv) => {
      expect(() => open(argv)).toThrow(/argv: expected/);
    },
  );
});

test('is built from the configuration file', async () => {
  const file = newFile();
  const text = `receivers: [{ name: script, command: { argv: [/bin/sh, -c, 'cat > ${file}'], timeout: 5s } }]`;
  const [config] = parseConfigFile(text, 'halfclose.yml').receivers;
  const [receiver] = createReceivers(config!, manualClock(), memoryLog());
  expect(receiver).toMatchObject({ name: 'script', kind: 'command', sendResolved: true });
  const delivery = await receiver?.send(NOTIFICATION, new AbortController().signal);
  expect(delivery).toMatchObject({ outcome: 'delivered' });
  expect(existsSync(file)).toBe(true);
});

describe('what comes of it', () => {
  test.each([
    [1, 'refused'],
    [64, 'refused'],
    [126, 'refused'],
    [75, 'retry'],
  ] as const)('with exit code %i is: %s, with what it said', async (code, outcome) => {
    const script = `echo out; printf 'trace\\nno \\033[1muse\\n\\n' >&2; exit ${code}`;
    expect(await send(shell(script))).toMatchObject({
      outcome,
      reason: `/bin/sh: exit code ${code}: no \ufffd[1muse`,
      exchange: { status: code, answer: 'out\ntrace\nno \u001b[1muse\n\n' },
    });
  });

  test('by a signal is that it may have worked, and is tried again', async () => {
    expect(await send(shell('kill -SEGV $$'))).toMatchObject({
      outcome: 'retry',
      reason: '/bin/sh: killed by SIGSEGV',
      inDoubt: true,
      exchange: { status: null },
    });
  });

  test('is no more than 64 KiB of output, and it may say more', async () => {
    const delivery = await send(shell('head -c 10000000 /dev/zero | tr "\\0" x; echo end >&2'));
    expect(delivery).toMatchObject({ outcome: 'delivered', exchange: { answer: 'x'.repeat(65_536) } });
  });

  test.each([
    ['is not there', () => join(folder, 'nothing'), /nothing: not found/],
    ['is not on the path', () => 'no-such-program-as-this', /no-such-program-as-this: not found/],
    ['is no program', () => given('just text', 0o644), /may not be executed/],
    ['is a folder', () => folder, /may not be executed/],
    ['has no interpreter', () => given('#!/no/such/shell\n', 0o755), /interpreter/],
  ])('is another attempt where it %s', async (_, program, reason) => {
    const delivery = await send([program()]);
    expect(delivery).toMatchObject({ outcome: 'retry', reason: expect.stringMatching(reason) });
    expect(delivery).not.toHaveProperty('inDoubt');
  });

  function given(text: string, mode: number): string {
    const file = newFile();
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }
});

describe('time', () => {
  test('that is over ends the program and all that it has started', async () => {
    const file = newFile();
    const script = `echo $$ >> ${file}; sh -c 'echo $$ >> ${file}; sleep 600' & wait`;
    const delivery = await send(shell(script), 0.3);
    expect(delivery).toMatchObject({
      outcome: 'retry',
      reason: '/bin/sh: did not end within 0.3s, killed',
      inDoubt: true,
    });
    const pids = await pidsIn(file, 2);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
  });

  test('is no mercy for a program that ignores the polite signal', async () => {
    const file = newFile();
    const script = `trap '' TERM; echo $$ > ${file}; sh -c 'echo $$ >> ${file}; while :; do sleep 1; done'`;
    expect(await send(shell(script), 0.3)).toMatchObject({ outcome: 'retry', inDoubt: true });
    const pids = await pidsIn(file, 2);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
  });

  test('is used to say goodbye, which does not make it a success', async () => {
    const delivery = await send(shell('trap "echo bye; exit 0" TERM; while :; do sleep 0.05; done'), 0.3);
    expect(delivery).toMatchObject({
      outcome: 'retry',
      exchange: { answer: expect.stringMatching(/^bye\n/) },
    });
  });

  test('ends with the program: what it leaves in the background is ended too, and not waited for', async () => {
    const file = newFile();
    const delivery = await send(shell(`sleep 600 & echo $! > ${file}; echo done`));
    expect(delivery).toMatchObject({ outcome: 'delivered', exchange: { answer: 'done\n' } });
    const [pid = ''] = await pidsIn(file, 1);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
  });

  test('of what has left the group is its own, and holds nothing up', async () => {
    const file = newFile();
    const delivery = await send(shell(`setsid sleep 600 & echo $! > ${file}; echo done`));
    expect(delivery).toMatchObject({ outcome: 'delivered', exchange: { answer: 'done\n' } });
    // By its id, which this test has been told.
    const [pid = ''] = await pidsIn(file, 1);
    if (isAlive(pid)) process.kill(Number(pid), 'SIGKILL');
  });

  test('is up at once when Halfclose stops, also for what waits in line', async () => {
    const file = newFile();
    const command = open(shell(`echo $$ >> ${file}; sleep 600`));
    const stop = new AbortController();
    const deliveries = [command.send(NOTIFICATION, stop.signal), command.send(NOTIFICATION, stop.signal)];
    await pidsIn(file, 1);
    stop.abort();
    expect(await Promise.all(deliveries)).toMatchObject([
      { outcome: 'retry', inDoubt: true },
      { outcome: 'retry' },
    ]);
    const pids = await pidsIn(file, 1);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
  });
});

test('a hundred runs leave no process and no descriptor behind', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  await send(['true']);
  const before = descriptors();
  for (let i = 0; i < 100; i++) await send(shell('exit 0'));
  expect(descriptors()).toBeLessThanOrEqual(before + 2);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  expect(children.trim()).toBe('');
});
