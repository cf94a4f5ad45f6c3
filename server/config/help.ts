import { COMMAND_NAMES, COMMANDS, FLAGS, type Command, type Flag } from './flags.ts';

const INDENT = 32;
const WIDTH = 100;

/** The text of `--help`: of one command, or of all of them where none is named. */
export function helpText(asked: Command | undefined): string {
  const lines: string[] = [];
  for (const command of asked === undefined ? COMMAND_NAMES : [asked]) {
    const words = command === 'serve' ? 'halfclose [flags]' : `halfclose ${command} [flags]`;
    const first = `${lines.length === 0 ? 'Usage:' : '      '} ${words}`;
    lines.push(...inColumns(first, COMMANDS[command], INDENT + 5));
  }
  lines.push(
    '',
    'Each flag is also an environment variable: --collect.interval is HALFCLOSE_COLLECT_INTERVAL.',
    'A flag goes before the variable.',
    '',
  );
  for (const [name, flag] of Object.entries<Flag>(FLAGS)) {
    if (asked !== undefined && !flag.of.includes(asked)) continue;
    const notes = [
      asked === undefined &&
        flag.of.length < 3 &&
        !flag.of.includes('serve') &&
        `Of ${flag.of.join(' and ')}.`,
      flag.choices && `One of ${flag.choices.join(', ')}.`,
      flag.repeatable && 'May be repeated.',
      flag.fallback && `Default: ${flag.fallback}`,
    ];
    const head = `  --${name}${flag.value === undefined ? '' : `=${flag.value}`}`;
    lines.push(...inColumns(head, [flag.help, ...notes].filter(Boolean).join(' '), INDENT));
  }
  return lines.join('\n');
}

/** A head, and what is said of it in lines that begin at one column; below the head where that is too long. */
function inColumns(head: string, text: string, column: number): string[] {
  const [first = '', ...more] = wrap(text, WIDTH - column);
  const margin = ' '.repeat(column);
  const begin = head.length < column - 1 ? [head.padEnd(column) + first] : [head, margin + first];
  return [...begin, ...more.map((line) => margin + line)];
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
