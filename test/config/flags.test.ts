import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../server/config/error.ts';
import { commandNamed } from '../../server/config/flags.ts';
import { loadConfig } from '../../server/config/load.ts';
import type { Config } from '../../server/model/config.ts';

function configOf(argv: string[], env: Record<string, string> = {}): Config {
  const loaded = loadConfig(argv, env, '1.2.3');
  if (!('config' in loaded)) throw new Error('expected settings');
  return loaded.config;
}

function errorOf(argv: string[], env: Record<string, string> = {}): string {
  try {
    loadConfig(argv, env, '1.2.3');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('expected an error');
}

describe('settings', () => {
  it('without any flag are the defaults: this host, on loopback', () => {
    const config = configOf([]);
    expect(config.web).toEqual({
      listen: [{ host: '127.0.0.1', port: 10793 }],
      telemetryPath: '/metrics',
      externalUrl: 'http://127.0.0.1:10793',
      allowedHosts: [],
    });
    expect(config.observer).toMatchObject({
      procfs: '/proc',
      intervalSeconds: 1,
      source: 'auto',
      cpuBudget: 0.05,
    });
    expect(config.log).toEqual({ level: 'info', format: 'logfmt' });
    expect(config.observer.detectors.close_wait_leak).toMatchObject({
      enabled: true,
      minAge: 60,
      minCount: 5,
    });
    expect(config.alerts).toMatchObject({ repeat: 14_400, minSeverity: 'warning' });
    expect(config.receivers).toEqual([]);
  });

  it('are taken from the command line, then from the environment', () => {
    const env = { HALFCLOSE_COLLECT_INTERVAL: '5s', HALFCLOSE_LOG_LEVEL: 'debug' };
    const config = configOf(['--collect.interval=2s'], env);
    expect(config.observer.intervalSeconds).toBe(2);
    expect(config.log.level).toBe('debug');
  });

  it('take the CPU budget as a percentage of one core', () => {
    expect(configOf(['--collect.cpu-budget=0.5%']).observer.cpuBudget).toBe(0.005);
    expect(configOf(['--collect.cpu-budget=100%']).observer.cpuBudget).toBe(1);
  });

  it('take a list from a flag that is repeated and from a variable with commas', () => {
    const listen = [
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ];
    expect(
      configOf(['--web.listen-address=127.0.0.1:1', '--web.listen-address', '[::1]:2']).web.listen,
    ).toEqual(listen);
    expect(configOf([], { HALFCLOSE_WEB_LISTEN_ADDRESS: '127.0.0.1:1, [::1]:2' }).web.listen).toEqual(listen);
  });

  it('count an empty variable as not set, and leave unknown ones alone', () => {
    expect(configOf([], { HALFCLOSE_LOG_LEVEL: '', HALFCLOSE_SERVICE_PORT: '80' }).log.level).toBe('info');
  });

  it('take switches as such, with a value, and from the environment', () => {
    const open = ['--web.listen-address=0.0.0.0:1'];
    expect(configOf([...open, '--web.allow-unauthenticated']).web.listen[0]?.host).toBe('0.0.0.0');
    expect(configOf(open, { HALFCLOSE_WEB_ALLOW_UNAUTHENTICATED: 'true' }).web.listen[0]?.host).toBe(
      '0.0.0.0',
    );
    expect(errorOf([...open, '--web.allow-unauthenticated=false'])).toContain('--web.allow-unauthenticated');
  });

  it('name a URL for every interface by which others reach this host', () => {
    const { web } = configOf(['--web.listen-address=:8080', '--web.allow-unauthenticated']);
    expect(web.listen).toEqual([{ host: '::', port: 8080 }]);
    expect(web.externalUrl).toMatch(/^http:\/\/[^:/[]+:8080$/);
  });

  it('lose the slash at the end of the external URL', () => {
    expect(configOf(['--web.external-url=https://example.net/halfclose/']).web.externalUrl).toBe(
      'https://example.net/halfclose',
    );
  });

  it('have host names in lower case', () => {
    expect(configOf(['--web.allow-host=Box.Example', '--web.allow-host=b']).web.allowedHosts).toEqual([
      'box.example',
      'b',
    ]);
  });
});

describe('commands', () => {
  it('are serve by default, and healthcheck', () => {
    expect(loadConfig([], {}, '1.2.3')).toMatchObject({ command: 'serve' });
    expect(loadConfig(['healthcheck'], {}, '1.2.3')).toMatchObject({ command: 'healthcheck' });
  });

  it('are doctor, which watches five seconds unless told otherwise, and is quiet', () => {
    const loaded = loadConfig(['doctor'], { HALFCLOSE_WEB_LISTEN_ADDRESS: 'not for it' }, '1.2.3');
    expect(loaded).toMatchObject({
      command: 'doctor',
      doctor: {
        watchSeconds: 5,
        json: false,
        plain: false,
        language: 'en',
        observer: { intervalSeconds: 1, log: { level: 'error' } },
      },
    });
    const argv = [
      'doctor',
      '--watch',
      '1m30s',
      '--json',
      '--no-color',
      '--lang=zh-CN',
      '--collect.namespaces=all',
    ];
    expect(loadConfig(argv, {}, '1.2.3')).toMatchObject({
      doctor: {
        watchSeconds: 90,
        json: true,
        plain: true,
        language: 'zh-CN',
        observer: { namespaces: 'all' },
      },
    });
  });

  it('are check, which asks the server on this host unless it is given another or watches itself', () => {
    expect(loadConfig(['check'], {}, '1.2.3')).toEqual({
      command: 'check',
      check: { url: 'http://127.0.0.1:10793', language: 'en' },
    });
    expect(loadConfig(['check', '--url=https://db1/halfclose/'], {}, '1.2.3')).toMatchObject({
      check: { url: 'https://db1/halfclose' },
    });
    expect(loadConfig(['check', '--watch=2s'], {}, '1.2.3')).toMatchObject({
      check: { watchSeconds: 2, observer: { procfs: '/proc' } },
    });
  });

  it('have a help of their own, with their flags only', () => {
    const help = loadConfig(['doctor', '--help'], {}, '1.2.3');
    if (!('print' in help)) throw new Error('expected the help text');
    expect(help.print).toContain('halfclose doctor [flags]');
    expect(help.print).toContain('--watch=<duration>');
    expect(help.print).not.toMatch(/--web\.|--url|halfclose check/);
    expect(Math.max(...help.print.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('are known from the command line even where the rest of it is wrong', () => {
    expect(commandNamed(['--nonsense', 'check', '--url'])).toBe('check');
    expect(commandNamed(['--watch', 'doctor'])).toBeUndefined();
    expect(commandNamed(['nonsense'])).toBeUndefined();
  });

  it('give way to --version and --help, whatever else is wrong with the values', () => {
    expect(loadConfig(['--version', '--collect.interval=soon'], {}, '1.2.3')).toEqual({
      print: 'halfclose 1.2.3',
    });
    const help = loadConfig(['-h'], {}, '1.2.3');
    if (!('print' in help)) throw new Error('expected the help text');
    expect(help.print).toContain('--web.listen-address=<host:port>');
    expect(help.print).toMatch(/Default:\s+127\.0\.0\.1:10793/);
    expect(Math.max(...help.print.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});

describe('a wrong flag is one line that says what, where and what was expected:', () => {
  const cases: [string[], string, Record<string, string>?][] = [
    [
      ['--web.listen-adress=:1'],
      'unknown flag --web.listen-adress, did you mean "web.listen-address"? (--help lists all)',
    ],
    [['--constructor'], 'unknown flag --constructor (--help lists all)'],
    [['-x'], 'unknown flag -x (--help lists all)'],
    [['sing'], 'unknown command "sing"'],
    [['serv'], 'unknown command "serv", did you mean "serve"?'],
    [['healthchek'], 'unknown command "healthchek", did you mean "healthcheck"?'],
    [['serve', 'now'], 'expected one command, found "now" after serve'],
    [['--config.file'], '--config.file: expected a value, <file>, behind it, found nothing'],
    [
      ['--config.file', '--log.level=info'],
      '--config.file: expected a value, <file>, behind it, found nothing',
    ],
    [['--json'], '--json: expected with doctor, not serve'],
    [['healthcheck', '--watch=5s'], '--watch: expected with doctor or check, not healthcheck'],
    [['doctor', '--web.allow-host=a'], '--web.allow-host: expected with serve or healthcheck, not doctor'],
    [['doctor', '--watch=0.5s'], '--watch: expected a duration from 1s to 1h, found "0.5s"'],
    [['doctor', '--watch=2h'], '--watch: expected a duration from 1s to 1h, found "2h"'],
    [['doctor', '--lang=fr'], '--lang: expected en or zh-CN, found "fr"'],
    [
      ['check', '--url=127.0.0.1:10793'],
      '--url: expected a URL such as http://127.0.0.1:10793, found "127.0.0.1:10793"',
    ],
    [
      ['check', '--url=http://a:b@127.0.0.1/'],
      '--url: expected a URL such as http://127.0.0.1:10793, found "http://a:b@127.0.0.1/"',
    ],
    [['check', '--url=http://a', '--watch=5s'], '--url: expected either this or --watch, found both'],
    [['--log.level=info', '--log.level=warn'], '--log.level: expected once, found twice'],
    [['--log.level=loud'], '--log.level: expected debug or info or warn or error, found "loud"'],
    [['--collect.interval=soon'], '--collect.interval: expected a duration from 100ms to 1h, found "soon"'],
    [['--collect.interval=99ms'], '--collect.interval: expected a duration from 100ms to 1h, found "99ms"'],
    [['--collect.source=ebpf'], '--collect.source: expected auto or sock_diag or proc, found "ebpf"'],
    ...(['5', '0.05%', '101%', '-1%', '5 %', '%', 'Infinity%'].map((text) => [
      [`--collect.cpu-budget=${text}`],
      `--collect.cpu-budget: expected a share of one core from 0.1% to 100%, found ${JSON.stringify(text)}`,
    ]) as [string[], string][]),
    [
      ['--web.listen-address=::1:80'],
      '--web.listen-address: expected host:port such as 127.0.0.1:10793 or [::1]:10793, found "::1:80"',
    ],
    [
      ['--web.listen-address=127.0.0.1'],
      '--web.listen-address: expected host:port such as 127.0.0.1:10793 or [::1]:10793, found "127.0.0.1"',
    ],
    [
      ['--web.listen-address=10.0.0.1:80'],
      '--web.listen-address: "10.0.0.1:80" can be reached from outside this host and asks for no password; ' +
        'add --web.allow-unauthenticated if that is meant, or listen on 127.0.0.1',
    ],
    [
      ['--web.telemetry-path=metrics'],
      '--web.telemetry-path: expected a path such as /metrics, found "metrics"',
    ],
    [
      ['--web.telemetry-path=/api/v1/summary'],
      '--web.telemetry-path: expected a path that is not below /api, /-, /assets, /socket.io, found "/api/v1/summary"',
    ],
    [
      ['--web.external-url=example.net'],
      '--web.external-url: expected a URL such as https://halfclose.example.net, found "example.net"',
    ],
    [
      ['--web.allow-host=http://a'],
      '--web.allow-host: expected a host name without port such as halfclose.example.net, found "http://a"',
    ],
    [
      ['--path.procfs=/nowhere'],
      '--path.procfs: expected a directory where the proc file system is mounted, found "/nowhere"',
    ],
    [['--config.file=/nowhere.yml'], '--config.file: cannot read /nowhere.yml: ENOENT'],
    [
      [],
      'HALFCLOSE_COLLECT_INTERVAL: expected a duration from 100ms to 1h, found "x"',
      { HALFCLOSE_COLLECT_INTERVAL: 'x' },
    ],
    [
      [],
      'HALFCLOSE_WEB_ALLOW_UNAUTHENTICATED: expected true or false, found "1"',
      { HALFCLOSE_WEB_ALLOW_UNAUTHENTICATED: '1' },
    ],
  ];
  it.each(cases)('%j', (argv, message, env) => {
    expect(errorOf(argv, env)).toBe(message);
  });
});

describe('the store', () => {
  const pathOf = (argv: string[], env: Record<string, string>) => configOf(argv, env).storage.path;

  it("is in the folder that was asked for, else the service's, else the user's", () => {
    const home = { HOME: '/home/me' };
    expect(pathOf([], home)).toBe('/home/me/.local/state/halfclose');
    expect(pathOf([], { ...home, XDG_STATE_HOME: '/state' })).toBe('/state/halfclose');
    expect(pathOf([], { ...home, XDG_STATE_HOME: 'relative' })).toBe('/home/me/.local/state/halfclose');
    const service = { ...home, STATE_DIRECTORY: '/var/lib/halfclose:/var/lib/more' };
    expect(pathOf([], service)).toBe('/var/lib/halfclose');
    expect(pathOf(['--storage.path=/data'], service)).toBe('/data');
    expect(pathOf([], { ...service, HALFCLOSE_STORAGE_PATH: '/data' })).toBe('/data');
  });

  it('is off where that is asked for, or where there is no home, and knows why', () => {
    expect(configOf(['--storage.path=none']).storage).toMatchObject({
      path: null,
      offBecause: '--storage.path is none',
    });
    expect(configOf([]).storage).toMatchObject({
      path: null,
      offBecause: expect.stringContaining('HOME') as string,
    });
  });

  it('keeps a month and a gigabyte, or what was asked for', () => {
    expect(configOf([]).storage).toMatchObject({ retentionSeconds: 30 * 86_400, maxBytes: 2 ** 30 });
    const given = configOf(['--storage.retention=1w', '--storage.max-size=16MB']).storage;
    expect(given).toMatchObject({ retentionSeconds: 604_800, maxBytes: 2 ** 24 });
  });

  it.each(['15MB', '1gb', '1.5GB', '-1GB', '1000000', ''])('takes no size such as %j', (size) => {
    expect(errorOf([`--storage.max-size=${size}`])).toContain('--storage.max-size: expected');
  });

  it.each(['1m', '30', 'ever', '521w'])('takes no retention such as %j', (duration) => {
    expect(errorOf([`--storage.retention=${duration}`])).toContain('--storage.retention: expected');
  });
});
