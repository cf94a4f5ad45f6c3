import { statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Language } from '../model/alert.ts';
import type {
  CheckConfig,
  Config,
  DoctorConfig,
  ListenAddress,
  LogConfig,
  ObserverConfig,
  ReceiversCommand,
  SilenceCommand,
  StorageConfig,
} from '../model/config.ts';
import { parseDuration } from '../model/duration.ts';
import type { FileConfig } from '../model/options.ts';
import { ConfigError, found } from './error.ts';
import { readConfigFile } from './file.ts';
import { commandNamed, readFlags, type GivenFlags, type Setting } from './flags.ts';
import { helpText } from './help.ts';
import { isHostName, isLoopback, parseListenAddress, urlOf } from './listen.ts';
import { parseSize } from './size.ts';
import { storageFolder } from './storage.ts';

const MIN_WATCH_SECONDS = 1;
const MAX_WATCH_SECONDS = 3600;
const DEFAULT_WATCH_SECONDS = 5;
const DEFAULT_URL = 'http://127.0.0.1:10793';
/** Commands that print say themselves what did not work: a log beside that would say it twice. */
const QUIET: LogConfig = { level: 'error', format: 'logfmt' };
const MIN_INTERVAL_SECONDS = 0.1;
const MAX_INTERVAL_SECONDS = 3600;
const MIN_BUDGET_PERCENT = 0.1;
const MIN_RETENTION_SECONDS = 3600;
const MAX_RETENTION_SECONDS = 520 * 604_800;
const MIN_STORAGE_BYTES = 16 * 2 ** 20;
/** First parts of paths that the server answers itself. */
const OWN_PATHS = ['api', '-', 'assets', 'socket.io'];

type Settings = GivenFlags['settings'];
type Environment = Readonly<Record<string, string | undefined>>;

/** What to do: run a command, or print a text and end. */
export type Loaded =
  | { readonly command: 'serve' | 'healthcheck'; readonly config: Config }
  | { readonly command: 'doctor'; readonly doctor: DoctorConfig }
  | { readonly command: 'check'; readonly check: CheckConfig }
  | { readonly command: 'silence'; readonly silence: SilenceCommand }
  | { readonly command: 'receivers'; readonly receivers: ReceiversCommand }
  | { readonly print: string };

/**
 * All settings from the command line (without node and script), the environment and the file that they name.
 * Reads that file and looks at the procfs directory; throws ConfigError, one line, at the first thing wrong.
 */
export function loadConfig(argv: readonly string[], env: Environment, version: string): Loaded {
  const { command, operands, settings } = readFlags(argv, env);
  if (isOn(settings.help)) return { print: helpText(commandNamed(argv)) };
  if (isOn(settings.version)) return { print: `halfclose ${version}` };
  switch (command) {
    case 'doctor':
      return { command, doctor: doctorOf(settings) };
    case 'check':
      return { command, check: checkOf(settings) };
    case 'silence':
      return { command, silence: silenceOf(settings, operands) };
    case 'receivers':
      return { command, receivers: receiversOf(settings, operands) };
    default:
      return { command, config: configOf(settings, env) };
  }
}

function doctorOf(settings: Settings): DoctorConfig {
  return {
    watchSeconds: watch(settings.watch) ?? DEFAULT_WATCH_SECONDS,
    json: isOn(settings.json),
    language: settings.lang.texts[0] as Language,
    plain: isOn(settings['no-color']),
    observer: observerOf(settings, readConfigFile(settings['config.file'].texts[0]), QUIET),
  };
}

function checkOf(settings: Settings): CheckConfig {
  const watchSeconds = watch(settings.watch);
  if (watchSeconds !== undefined && settings.url.texts.length > 0) {
    throw new ConfigError(`${settings.url.from}: expected either this or ${settings.watch.from}, found both`);
  }
  const language = settings.lang.texts[0] as Language;
  if (watchSeconds === undefined) return { url: serverUrl(settings.url), language };
  const file = readConfigFile(settings['config.file'].texts[0]);
  return { watchSeconds, language, observer: observerOf(settings, file, QUIET) };
}

function remoteOf(settings: Settings) {
  return { url: serverUrl(settings.url), language: settings.lang.texts[0] as Language };
}

function silenceOf(settings: Settings, [action = 'list', ...rest]: readonly string[]): SilenceCommand {
  const [id] = rest;
  const { duration } = settings;
  if (action === 'list' && id === undefined) return { ...remoteOf(settings), action };
  if (action === 'expire' && id !== undefined && rest.length === 1) {
    return { ...remoteOf(settings), action, id };
  }
  if (action !== 'add' || id === undefined) {
    throw new ConfigError(`silence: expected list, add MATCHER... or expire ID, ${found(action)}`);
  }
  if (duration.texts[0] === undefined) {
    throw new ConfigError(`${duration.from}: expected how long the silence is to hold, such as 2h`);
  }
  return {
    ...remoteOf(settings),
    action,
    matchers: rest,
    duration: duration.texts[0],
    author: settings.author.texts[0] ?? userName(),
    comment: settings.comment.texts[0] ?? '',
  };
}

/** A container's user need not have a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

function receiversOf(settings: Settings, [action = 'list', ...rest]: readonly string[]): ReceiversCommand {
  const [name] = rest;
  if (action === 'list' && name === undefined) return { ...remoteOf(settings), action };
  if (action === 'test' && name !== undefined && rest.length === 1) {
    return { ...remoteOf(settings), action, name };
  }
  throw new ConfigError(`receivers: expected list or test NAME, ${found(action)}`);
}

/** Where `halfclose healthcheck` asks: the first listen address, by loopback where that is every interface. */
export function healthcheckUrl(config: Config): string {
  return `${urlOf(config.web.listen[0]!, 'localhost')}/-/healthy`;
}

function configOf(settings: Settings, env: Environment): Config {
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
    observer: observerOf(settings, file, log),
    alerts: file.alerts,
    receivers: file.receivers,
    storage: storageOf(settings, env),
    log,
  };
}

function observerOf(settings: Settings, { detectors }: FileConfig, log: LogConfig): ObserverConfig {
  return {
    procfs: procfs(settings['path.procfs']),
    intervalSeconds: interval(settings['collect.interval']),
    source: settings['collect.source'].texts[0] as ObserverConfig['source'],
    namespaces: settings['collect.namespaces'].texts[0] as ObserverConfig['namespaces'],
    cpuBudget: cpuBudget(settings['collect.cpu-budget']),
    detectors,
    log,
  };
}

function isOn(setting: Setting): boolean {
  return setting.texts[0] === 'true';
}

function listenAddress(text: string, settings: Settings): ListenAddress {
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
  return plainUrl(text) ?? fail(wrong(from, 'a URL such as https://halfclose.example.net', text));
}

function serverUrl({ texts: [text = DEFAULT_URL], from }: Setting): string {
  return plainUrl(text) ?? fail(wrong(from, `a URL such as ${DEFAULT_URL}`, text));
}

/** An http or https URL without anything but host, port and path, and without a slash at its end; undefined where it is none. */
function plainUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  return plain ? url.href.replace(/\/+$/, '') : undefined;
}

function fail(error: Error): never {
  throw error;
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

function watch({ texts: [text], from }: Setting): number | undefined {
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < MIN_WATCH_SECONDS || seconds > MAX_WATCH_SECONDS) {
    throw wrong(from, 'a duration from 1s to 1h', text);
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

function storageOf(settings: Settings, env: Environment): StorageConfig {
  return {
    ...storageFolder(settings['storage.path'].texts[0], env),
    retentionSeconds: retention(settings['storage.retention']),
    maxBytes: storageSize(settings['storage.max-size']),
  };
}

function retention({ texts: [text = ''], from }: Setting): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < MIN_RETENTION_SECONDS || seconds > MAX_RETENTION_SECONDS) {
    throw wrong(from, 'a duration from 1h to 520w', text);
  }
  return seconds;
}

function storageSize({ texts: [text = ''], from }: Setting): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < MIN_STORAGE_BYTES) {
    throw wrong(from, 'a size such as 512MB or 1GB, at least 16MB', text);
  }
  return bytes;
}

function wrong(from: string, expected: string, text: string): ConfigError {
  return new ConfigError(`${from}: expected ${expected}, ${found(text)}`);
}
