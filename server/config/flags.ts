import { parseArgs } from 'node:util';
import { ConfigError, didYouMean, found } from './error.ts';

/** One row of the table: a flag, which is an environment variable too. */
interface Flag {
  /** What stands behind it, as `--help` shows it; a flag without is a switch. */
  readonly value?: string;
  /** Text, as a user would write it; none where the flag is off or empty unless given. */
  readonly fallback?: string;
  readonly choices?: readonly string[];
  /** May be given several times; several values in the environment variable are separated by commas. */
  readonly repeatable?: true;
  readonly help: string;
}

/** All flags, in the order of `--help`. */
export const FLAGS = {
  'web.listen-address': {
    value: '<host:port>',
    fallback: '127.0.0.1:10793',
    repeatable: true,
    help: 'Where to listen: 127.0.0.1:10793, [::1]:10793, or :10793 for all interfaces. Port 0 takes a free one.',
  },
  'web.telemetry-path': { value: '<path>', fallback: '/metrics', help: 'Path of the metrics.' },
  'web.external-url': {
    value: '<url>',
    help: 'URL under which people reach this server, for links in notifications. By default the first listen address.',
  },
  'web.allow-host': {
    value: '<name>',
    repeatable: true,
    help: 'Host name to answer to besides localhost, IP addresses and that of --web.external-url.',
  },
  'web.allow-unauthenticated': {
    help: 'Listen on addresses other than loopback, where anybody who reaches them reads everything.',
  },
  'config.file': { value: '<file>', help: 'YAML file with detectors, receivers and alerts.' },
  'path.procfs': { value: '<dir>', fallback: '/proc', help: 'Where the proc file system is mounted.' },
  'collect.interval': {
    value: '<duration>',
    fallback: '1s',
    help: 'Time from one pass to the next, at least 100ms; longer where the CPU budget asks for it.',
  },
  'collect.source': {
    value: '<source>',
    fallback: 'auto',
    choices: ['auto', 'sock_diag', 'proc'],
    help: 'Where the sockets are read from: netlink, /proc/net/tcp, or with auto netlink as long as it works.',
  },
  'collect.namespaces': {
    value: '<which>',
    fallback: 'host',
    choices: ['host', 'all'],
    help: 'Network namespaces to watch: the one that Halfclose runs in, or all (containers, pods, ip netns).',
  },
  'collect.cpu-budget': {
    value: '<percent>',
    fallback: '5%',
    help: 'CPU time that passes may take, of one core, from 0.1% to 100%. Beyond it intervals widen.',
  },
  'log.level': {
    value: '<level>',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'Least severity that is logged.',
  },
  'log.format': {
    value: '<format>',
    fallback: 'logfmt',
    choices: ['logfmt', 'json'],
    help: 'Format of the log, on standard error.',
  },
  version: { help: 'Print the version and end.' },
  help: { help: 'Print this text and end.' },
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
  readonly positionals: readonly string[];
  readonly settings: Readonly<Record<FlagName, Setting>>;
}

/** `HALFCLOSE_WEB_LISTEN_ADDRESS` for `web.listen-address`. */
function environmentName(flag: string): string {
  return `HALFCLOSE_${flag.toUpperCase().replace(/[.-]/g, '_')}`;
}

/**
 * Reads the command line and the environment: flag > environment > default. A variable that is set and empty counts as
 * not set. Unknown HALFCLOSE_ variables are left alone: Kubernetes sets such ones for a service of that name.
 */
export function readFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): GivenFlags {
  const { positionals, given } = readArguments(argv);
  const settings = {} as Record<FlagName, Setting>;
  for (const name of NAMES) {
    const flag: Flag = FLAGS[name];
    const variable = environmentName(name);
    const texts = given.get(name);
    const fromEnvironment = env[variable];
    if (texts) settings[name] = { texts, from: `--${name}` };
    else if (fromEnvironment) {
      const several = flag.repeatable
        ? fromEnvironment.split(',').map((text) => text.trim())
        : [fromEnvironment];
      settings[name] = { texts: several, from: variable };
    } else settings[name] = { texts: flag.fallback === undefined ? [] : [flag.fallback], from: `--${name}` };
    check(flag, settings[name]);
  }
  return { positionals, settings };
}

function readArguments(argv: readonly string[]) {
  const options = Object.fromEntries(
    NAMES.map((name) => [name, { type: TABLE[name]?.value === undefined ? 'boolean' : 'string' } as const]),
  );
  // Not strict: its own errors name no nearest flag and take several lines.
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  for (const token of tokens) {
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

const HELP_INDENT = 32;
const HELP_WIDTH = 100;

/** The text of `--help`. */
export function helpText(): string {
  const lines = [
    'Usage: halfclose [flags]              watch the TCP sockets of this host, serve the page and the metrics',
    '       halfclose healthcheck [flags]  ask the server at --web.listen-address; exit code 0 if it is well',
    '',
    'Each flag is also an environment variable: --web.listen-address is HALFCLOSE_WEB_LISTEN_ADDRESS.',
    'A flag goes before the variable.',
    '',
  ];
  for (const name of NAMES) {
    const flag: Flag = FLAGS[name];
    const notes = [
      flag.choices && `One of ${flag.choices.join(', ')}.`,
      flag.repeatable && 'May be repeated.',
      flag.fallback && `Default: ${flag.fallback}`,
    ];
    const head = `  --${name}${flag.value === undefined ? '' : `=${flag.value}`}`;
    const [first = '', ...more] = wrap(
      [flag.help, ...notes].filter(Boolean).join(' '),
      HELP_WIDTH - HELP_INDENT,
    );
    if (head.length < HELP_INDENT - 1) lines.push(head.padEnd(HELP_INDENT) + first);
    else lines.push(head, ' '.repeat(HELP_INDENT) + first);
    for (const line of more) lines.push(' '.repeat(HELP_INDENT) + line);
  }
  return lines.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
