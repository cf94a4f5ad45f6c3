import { parseArgs } from 'node:util';
import { LANGUAGES } from '../model/alert.ts';
import { ConfigError, didYouMean, found } from './error.ts';

/** What can stand first on the command line, and what it does; without any it is `serve`. */
export const COMMANDS = {
  serve: 'watch the TCP sockets of this host, serve the page and the metrics',
  doctor:
    'watch for some seconds and print what is wrong, why, and what to do; exit code 0, 1 or 2: nothing, warnings, critical; 3: it could not look',
  check:
    'one line for Nagios and its kin, from the server at --url or, with --watch, without one; exit code 0, 1, 2 or 3',
  silence:
    'list | add MATCHER... | expire ID: tell nobody of alerts with these labels for a while; add takes --duration',
  receivers: 'list | test NAME: who is told of alerts; test sends a sample and prints what came back',
  healthcheck: 'ask the server at --web.listen-address; exit code 0 if it is well',
} as const;
export type Command = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as Command[];

/** One row of the table: a flag, which is an environment variable too. */
export interface Flag {
  /** The commands that it is for. */
  readonly of: readonly Command[];
  /** What stands behind it, as `--help` shows it; a flag without is a switch. */
  readonly value?: string;
  /** Text, as a user would write it; none where the flag is off or empty unless given. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** May be given several times; several values in the environment variable are separated by commas. */
  readonly repeatable?: true;
  readonly help: string;
}

const SERVING = ['serve', 'healthcheck'] as const;
const OBSERVING = ['serve', 'healthcheck', 'doctor', 'check'] as const;

const ALL = [...OBSERVING, 'silence', 'receivers'] as const;

/** All flags, in the order of `--help`. */
export const FLAGS = {
  'web.listen-address': {
    of: SERVING,
    value: '<host:port>',
    fallback: '127.0.0.1:10793',
    repeatable: true,
    help: 'Where to listen: 127.0.0.1:10793, [::1]:10793, or :10793 for all interfaces. Port 0 takes a free one.',
  },
  'web.telemetry-path': { of: SERVING, value: '<path>', fallback: '/metrics', help: 'Path of the metrics.' },
  'web.external-url': {
    of: SERVING,
    value: '<url>',
    help: 'URL under which people reach this server, for links in notifications. By default the first listen address.',
  },
  'web.allow-host': {
    of: SERVING,
    value: '<name>',
    repeatable: true,
    help: 'Host name to answer to besides localhost, IP addresses and that of --web.external-url.',
  },
  'web.allow-unauthenticated': {
    of: SERVING,
    help: 'Listen on addresses other than loopback, where anybody who reaches them reads everything, silences alerts and sends tests.',
  },
  'config.file': { of: OBSERVING, value: '<file>', help: 'YAML file with detectors, receivers and alerts.' },
  'path.procfs': {
    of: OBSERVING,
    value: '<dir>',
    fallback: '/proc',
    help: 'Where the proc file system is mounted.',
  },
  'collect.interval': {
    of: OBSERVING,
    value: '<duration>',
    fallback: '1s',
    help: 'Time from one pass to the next, at least 100ms; longer where the CPU budget asks for it.',
  },
  'collect.source': {
    of: OBSERVING,
    value: '<source>',
    fallback: 'auto',
    choices: ['auto', 'sock_diag', 'proc'],
    help: 'Where the sockets are read from: netlink, /proc/net/tcp, or with auto netlink as long as it works.',
  },
  'collect.namespaces': {
    of: OBSERVING,
    value: '<which>',
    fallback: 'host',
    choices: ['host', 'all'],
    help: 'Network namespaces to watch: the one that Halfclose runs in, or all (containers, pods, ip netns).',
  },
  'collect.cpu-budget': {
    of: OBSERVING,
    value: '<percent>',
    fallback: '5%',
    help: 'CPU time that passes may take, of one core, from 0.1% to 100%. Beyond it intervals widen.',
  },
  'storage.path': {
    of: SERVING,
    value: '<dir>',
    help: 'Folder for history and alerts, of one Halfclose only; none: nothing is stored. By default $STATE_DIRECTORY, else $XDG_STATE_HOME/halfclose, else ~/.local/state/halfclose.',
  },
  'storage.retention': {
    of: SERVING,
    value: '<duration>',
    fallback: '30d',
    help: 'How long minutes of history, resolved alerts and evidence are kept, from 1h to 520w; quarter hours twelve times as long.',
  },
  'storage.max-size': {
    of: SERVING,
    value: '<size>',
    fallback: '1GB',
    help: 'Most that the store may take, at least 16MB; beyond it the oldest goes first.',
  },
  'log.level': {
    of: SERVING,
    value: '<level>',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'Least severity that is logged.',
  },
  'log.format': {
    of: SERVING,
    value: '<format>',
    fallback: 'logfmt',
    choices: ['logfmt', 'json'],
    help: 'Format of the log, on standard error.',
  },
  watch: {
    of: ['doctor', 'check'],
    value: '<duration>',
    help: 'How long to watch, from 1s to 1h; by default 5s for doctor. With it check looks itself instead of asking a server.',
  },
  url: {
    of: ['check', 'silence', 'receivers'],
    value: '<url>',
    help: 'The server to ask. By default http://127.0.0.1:10793',
  },
  duration: {
    of: ['silence'],
    value: '<duration>',
    help: 'How long a new silence holds, such as 30m or 2h; at most 3w.',
  },
  author: { of: ['silence'], value: '<name>', help: 'Who asks for it. By default the user of the terminal.' },
  comment: { of: ['silence'], value: '<text>', fallback: '', help: 'Why.' },
  lang: {
    of: ['doctor', 'check', 'silence', 'receivers'],
    value: '<language>',
    fallback: 'en',
    choices: LANGUAGES,
    help: 'Language of the sentences.',
  },
  json: { of: ['doctor'], help: 'Print one JSON document, as GET /api/v1/findings has it.' },
  'no-color': { of: ['doctor'], help: 'No colours on a terminal either; so does NO_COLOR.' },
  version: { of: ALL, help: 'Print the version and end.' },
  help: { of: ALL, help: 'Print this text and end.' },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof FLAGS;
const TABLE: Readonly<Record<string, Flag>> = FLAGS;
const NAMES = Object.keys(FLAGS) as FlagName[];

/** What was given for one flag. */
export interface Setting {
  /** One text for each time it was given; empty where it was not and has no default. */
  readonly texts: readonly string[];
  /** How the user knows it: `--web.listen-address` or `HALFCLOSE_WEB_LISTEN_ADDRESS`. */
  readonly from: string;
}

export interface GivenFlags {
  readonly command: Command;
  /** What stands behind the command, for those that take it. */
  readonly operands: readonly string[];
  readonly settings: Readonly<Record<FlagName, Setting>>;
}

/** `HALFCLOSE_WEB_LISTEN_ADDRESS` for `web.listen-address`. */
function environmentName(flag: string): string {
  return `HALFCLOSE_${flag.toUpperCase().replace(/[.-]/g, '_')}`;
}

/** The command that is named, whatever else is wrong with the line; undefined where none is, or none that is known. */
export function commandNamed(argv: readonly string[]): Command | undefined {
  const word = tokensOf(argv).find((token) => token.kind === 'positional')?.value;
  return COMMAND_NAMES.find((name) => name === word);
}

/**
 * Reads the command line and the environment: flag > environment > default. A variable that is set and empty counts as
 * not set, and so does one of a flag that is not for this command. Unknown HALFCLOSE_ variables are left alone: Kubernetes
 * sets such ones for a service of that name.
 */
export function readFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): GivenFlags {
  const { positionals, given } = readArguments(argv);
  const { command, operands } = commandFrom(positionals);
  const settings = {} as Record<FlagName, Setting>;
  for (const name of NAMES) {
    const flag: Flag = FLAGS[name];
    const variable = environmentName(name);
    const texts = given.get(name);
    const isOurs = flag.of.includes(command);
    if (texts && !isOurs)
      throw new ConfigError(`--${name}: expected with ${flag.of.join(' or ')}, not ${command}`);
    const fromEnvironment = isOurs ? env[variable] : undefined;
    if (texts) settings[name] = { texts, from: `--${name}` };
    else if (fromEnvironment) {
      const several = flag.repeatable
        ? fromEnvironment.split(',').map((text) => text.trim())
        : [fromEnvironment];
      settings[name] = { texts: several, from: variable };
    } else settings[name] = { texts: flag.fallback === undefined ? [] : [flag.fallback], from: `--${name}` };
    check(flag, settings[name]);
  }
  return { command, operands, settings };
}

/** Commands that say themselves what may stand behind them. */
const TAKING: readonly Command[] = ['silence', 'receivers'];

function commandFrom([word = 'serve', ...more]: readonly string[]): {
  command: Command;
  operands: readonly string[];
} {
  const command = COMMAND_NAMES.find((name) => name === word);
  if (!command)
    throw new ConfigError(`unknown command ${JSON.stringify(word)}${didYouMean(word, COMMAND_NAMES)}`);
  if (more.length > 0 && !TAKING.includes(command))
    throw new ConfigError(`expected one command, found ${JSON.stringify(more[0])} after ${word}`);
  return { command, operands: more };
}

function tokensOf(argv: readonly string[]) {
  const options = Object.fromEntries(
    NAMES.map((name) => [name, { type: TABLE[name]?.value === undefined ? 'boolean' : 'string' } as const]),
  );
  // Not strict: its own errors name no nearest flag and take several lines.
  return parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function readArguments(argv: readonly string[]) {
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  for (const token of tokensOf(argv)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(FLAGS, token.name) ? TABLE[token.name] : undefined;
    if (!flag) {
      throw new ConfigError(
        `unknown flag ${token.rawName}${didYouMean(token.name, NAMES)} (--help lists all)`,
      );
    }
    const swallowed = !token.inlineValue && token.value?.startsWith('--');
    if (flag.value !== undefined && (!token.value || swallowed)) {
      throw new ConfigError(`--${token.name}: expected a value, ${flag.value}, behind it, found nothing`);
    }
    const before = given.get(token.name) ?? [];
    if (before.length > 0 && !flag.repeatable) {
      throw new ConfigError(`--${token.name}: expected once, found twice`);
    }
    given.set(token.name, [...before, token.value ?? 'true']);
  }
  return { positionals, given };
}

function check(flag: Flag, { texts, from }: Setting): void {
  const choices = flag.value === undefined ? ['true', 'false'] : flag.choices;
  for (const text of texts) {
    if (choices && !choices.includes(text)) {
      throw new ConfigError(`${from}: expected ${choices.join(' or ')}, ${found(text)}`);
    }
  }
}
