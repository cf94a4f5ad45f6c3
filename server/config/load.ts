import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Config, ListenAddress, LogConfig, ObserverConfig } from '../model/config.ts';
import { parseDuration } from '../model/duration.ts';
import { ConfigError, didYouMean, found } from './error.ts';
import { readConfigFile } from './file.ts';
import { helpText, readFlags, type GivenFlags, type Setting } from './flags.ts';
import { isHostName, isLoopback, parseListenAddress, urlOf } from './listen.ts';

const COMMANDS = ['serve', 'healthcheck'] as const;
const MIN_INTERVAL_SECONDS = 0.1;
const MAX_INTERVAL_SECONDS = 3600;
const MIN_BUDGET_PERCENT = 0.1;
/** First parts of paths that the server answers itself. */
const OWN_PATHS = ['api', '-', 'assets', 'socket.io'];

/** What to do: run a command, or print a text and end. */
export type Loaded =
  { readonly command: (typeof COMMANDS)[number]; readonly config: Config } | { readonly print: string };

/**
 * All settings from the command line (without node and script), the environment and the file that they name.
 * Reads that file and looks at the procfs directory; throws ConfigError, one line, at the first thing wrong.
 */
export function loadConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): Loaded {
  const given = readFlags(argv, env);
  if (isOn(given.settings.help)) return { print: helpText() };
  if (isOn(given.settings.version)) return { print: `halfclose ${version}` };
  const [word = 'serve', ...more] = given.positionals;
  const command = COMMANDS.find((name) => name === word);
  if (!command)
    throw new ConfigError(`unknown command ${JSON.stringify(word)}${didYouMean(word, ['healthcheck'])}`);
  if (more.length > 0)
    throw new ConfigError(`expected one command, found ${JSON.stringify(more[0])} after ${word}`);
  return { command, config: configOf(given.settings) };
}

/** Where `halfclose healthcheck` asks: the first listen address, by loopback where that is every interface. */
export function healthcheckUrl(config: Config): string {
  return `${urlOf(config.web.listen[0]!, 'localhost')}/-/healthy`;
}

function configOf(settings: GivenFlags['settings']): Config {
  const listen = settings['web.listen-address'].texts.map((text) => listenAddress(text, settings));
  const file = readConfigFile(settings['config.file'].texts[0]);
  const log = { level: settings['log.level'].texts[0], format: settings['log.format'].texts[0] } as LogConfig;
  return {
    web: {
      listen,
      telemetryPath: telemetryPath(settings['web.telemetry-path']),
      externalUrl: externalUrl(settings['web.external-url'], listen),
      allowedHosts: allowedHosts(settings['web.allow-host']),
    },
    observer: {
      procfs: procfs(settings['path.procfs']),
      intervalSeconds: interval(settings['collect.interval']),
      source: settings['collect.source'].texts[0] as ObserverConfig['source'],
      namespaces: settings['collect.namespaces'].texts[0] as ObserverConfig['namespaces'],
      cpuBudget: cpuBudget(settings['collect.cpu-budget']),
      detectors: file.detectors,
      log,
    },
    alerts: file.alerts,
    receivers: file.receivers,
    log,
  };
}

function isOn(setting: Setting): boolean {
  return setting.texts[0] === 'true';
}

function listenAddress(text: string, settings: GivenFlags['settings']): ListenAddress {
  const { from } = settings['web.listen-address'];
  const address = parseListenAddress(text);
  if (!address) throw wrong(from, 'host:port such as 127.0.0.1:10793 or [::1]:10793', text);
  if (!isLoopback(address.host) && !isOn(settings['web.allow-unauthenticated'])) {
    throw new ConfigError(
      `${from}: ${JSON.stringify(text)} can be reached from outside this host and asks for no password; ` +
        'add --web.allow-unauthenticated if that is meant, or listen on 127.0.0.1',
    );
  }
  return address;
}

function telemetryPath({ texts: [text = ''], from }: Setting): string {
  const parts = /^\/[\w.~-]+(\/[\w.~-]+)*$/.test(text) ? text.split('/') : [];
  if (parts.length === 0) throw wrong(from, 'a path such as /metrics', text);
  if (OWN_PATHS.includes(parts[1]!) || parts.some((part) => part === '.' || part === '..')) {
    throw wrong(from, `a path that is not below ${OWN_PATHS.map((path) => `/${path}`).join(', ')}`, text);
  }
  return text;
}

function externalUrl({ texts: [text], from }: Setting, listen: readonly ListenAddress[]): string {
  if (text === undefined) return urlOf(listen[0]!, hostname());
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!plain) throw wrong(from, 'a URL such as https://halfclose.example.net', text);
  return url.href.replace(/\/+$/, '');
}

function allowedHosts({ texts, from }: Setting): string[] {
  return texts.map((text) => {
    if (!isHostName(text)) throw wrong(from, 'a host name without port such as halfclose.example.net', text);
    return text.toLowerCase();
  });
}

function procfs({ texts: [path = ''], from }: Setting): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw wrong(from, 'a directory where the proc file system is mounted', path);
  }
  return path;
}

function interval({ texts: [text = ''], from }: Setting): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < MIN_INTERVAL_SECONDS || seconds > MAX_INTERVAL_SECONDS) {
    throw wrong(from, 'a duration from 100ms to 1h', text);
  }
  return seconds;
}

/** `5%` as 0.05. */
function cpuBudget({ texts: [text = ''], from }: Setting): number {
  const percent = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : NaN;
  if (!(percent >= MIN_BUDGET_PERCENT && percent <= 100)) {
    throw wrong(from, `a share of one core from ${MIN_BUDGET_PERCENT}% to 100%`, text);
  }
  return percent / 100;
}

function wrong(from: string, expected: string, text: string): ConfigError {
  return new ConfigError(`${from}: expected ${expected}, ${found(text)}`);
}
