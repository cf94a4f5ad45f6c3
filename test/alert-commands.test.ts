import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { api, VALIDATION } from '../server/api/index.ts';
import { loadConfig } from '../server/config/load.ts';
import { receivers } from '../server/receivers.ts';
import { silence } from '../server/silence.ts';
import { answers, closeServers, serve } from './alert/serve.ts';
import { alerting, parts } from './api/given.ts';

let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
  await closeServers();
});

/** A server that answers by the real routes, and one alert that fires; its URL. */
async function serving(...given: Parameters<typeof alerting>) {
  const made = await alerting(...given);
  app = Fastify({ ajv: VALIDATION });
  await app.register(api, { prefix: '/api/v1', ...(await parts({ alerting: made.alerting })) });
  return { ...made, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

/** What the command line prints. */
async function halfclose(...argv: string[]): Promise<string> {
  const loaded = loadConfig(argv, {}, '1.2.3');
  if ('print' in loaded) return loaded.print;
  if (loaded.command === 'silence') return silence(loaded.silence, Date.UTC(2026, 0, 2, 3, 4, 5));
  if (loaded.command === 'receivers') return (await receivers(loaded.receivers)).text;
  throw new Error(loaded.command);
}

describe('halfclose silence', () => {
  test('adds one, lists it, and ends it', async () => {
    const { url, alerting: alerts } = await serving();
    const about = ['--url', url, '--duration=2h', '--author=ada', '--comment=deploying'];
    const added = await halfclose('silence', 'add', 'process="app"', ...about);
    const [alert] = alerts.alerts();
    const [id = ''] = alerts.hush()(alert!).silencedBy;
    expect(added).toBe(`Silence ${id} holds until 2026-01-02T05:04:05.000Z.\n`);
    expect(await halfclose('silence', '--url', url)).toBe(
      `${id}  until 2026-01-02T05:04:05.000Z  process="app"  (by ada: deploying)\n`,
    );
    expect(await halfclose('silence', 'expire', id, '--url', url)).toBe(`Silence ${id} has ended.\n`);
    expect(await halfclose('silence', 'list', '--url', url)).toContain('ended 2026-01-02T03:04:05.000Z');
    expect(alerts.hush()(alert!).silencedBy).toEqual([]);
  });

  test('says in Chinese that there is none', async () => {
    const { url } = await serving();
    expect(await halfclose('silence', '--url', url, '--lang=zh-CN')).toBe('没有静默。\n');
  });

  test('passes on why the server refuses', async () => {
    const { url } = await serving();
    const add = (...rest: string[]) => halfclose('silence', 'add', ...rest, '--url', url);
    await expect(add('process', '--duration=1h')).rejects.toThrow(/answered 400: .*expected =, !=, =~ or !~/);
    await expect(add('a=b', '--duration=ever')).rejects.toThrow(/answered 400: duration: expected/);
    await expect(halfclose('silence', 'expire', 'x', '--url', url)).rejects.toThrow(/404: no silence/);
  });

  test.each([
    [['silence', 'add', 'a=b'], '--duration: expected how long the silence is to hold, such as 2h'],
    [['silence', 'add', '--duration=2h'], 'silence: expected list, add MATCHER... or expire ID, found "add"'],
    [['silence', 'expire'], 'silence: expected list, add MATCHER... or expire ID, found "expire"'],
    [['receivers', 'probe'], 'receivers: expected list or test NAME, found "probe"'],
    [['receivers', 'test', 'a', 'b'], 'receivers: expected list or test NAME, found "test"'],
  ])('refuses %j', async (argv, message) => {
    await expect(halfclose(...argv)).rejects.toThrow(message);
  });
});

describe('halfclose receivers', () => {
  const hook = (url: string) => ({
    name: 'team',
    matchers: [],
    maxPerMinute: 20,
    webhook: { url, timeout: 10, sendResolved: true },
  });

  test('lists them and how the last delivery went', async () => {
    const { url } = await serving([hook('http://127.0.0.1:1/')]);
    await expect
      .poll(() => halfclose('receivers', '--url', url))
      .toMatch(
        /^team {2}webhook {2}failed, will be tried again \(2026-01-02T03:04:05.000Z\): http:..127\.0\.0\.1:1: ECONNREFUSED; 1 message waits\n$/,
      );
  });

  test('says that nobody is told where there is none', async () => {
    const { url } = await serving();
    expect(await halfclose('receivers', '--url', url)).toBe(
      'No receiver is configured: nobody is told of alerts.\n',
    );
  });

  test('test sends a sample, and prints it and the answer', async () => {
    const { url: target, requests } = await serve(answers(500, 'try\u001b[31m later'));
    const { url } = await serving([{ ...hook(target), matchers: ['process="nobody"'] }]);
    const printed = await halfclose('receivers', 'test', 'team', '--url', url);
    expect(printed).toMatch(/^team: failed, and may work later, after \d+\.\d\d s: /);
    expect(printed).toContain(`Sent:\n${requests[0]?.body}\n`);
    expect(printed).toMatch(/Answer:\n500\ntry.\[31m later\n$/);
    expect(printed).not.toContain('\u001b');
  });
});
