import { ask } from './remote.ts';
import { SilencesAnswerSchema } from './model/alert-api.ts';
import type { SilenceCommand } from './model/config.ts';
import { printable } from './model/printable.ts';
import { SilenceSchema, type Silence } from './model/silence.ts';
import { COMMAND_TEXTS, type CommandTexts } from './model/texts/commands.ts';

const TIMEOUT_MS = 10_000;
const MAX_LENGTH = 2000;

/** `halfclose silence`: what it prints. Rejects with one line where the server does not answer or refuses. */
export async function silence(command: SilenceCommand, nowMs = Date.now()): Promise<string> {
  const { url, language } = command;
  const texts = COMMAND_TEXTS[language];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const route = `${url}/api/v1/silences`;
  switch (command.action) {
    case 'list': {
      const { silences } = await ask(route, SilencesAnswerSchema, { signal });
      if (silences.length === 0) return `${texts.noSilences}\n`;
      return silences.map((each) => `${listed(each, texts, nowMs)}\n`).join('');
    }
    case 'add': {
      const { matchers, duration, author, comment } = command;
      const body = { matchers, duration, author, comment };
      const made = await ask(route, SilenceSchema, { method: 'POST', body, signal });
      return `${texts.silenceAdded(made.id, made.endsAt)}\n`;
    }
    case 'expire': {
      const { id } = command;
      await ask(`${route}/${encodeURIComponent(id)}`, SilenceSchema, { method: 'DELETE', signal });
      return `${texts.silenceEnded(id)}\n`;
    }
  }
}

function listed(each: Silence, { silence: words }: CommandTexts, nowMs: number): string {
  const isOver = Date.parse(each.endsAt) <= nowMs;
  const when = [
    ...(Date.parse(each.startsAt) > nowMs ? [`${words.from} ${each.startsAt}`] : []),
    `${isOver ? words.ended : words.until} ${each.endsAt}`,
  ].join(', ');
  const why = each.comment === '' ? '' : `: ${each.comment}`;
  const line = `${each.id}  ${when}  ${each.matchers.join(' ')}  (${words.by} ${each.author}${why})`;
  return printable(line, MAX_LENGTH);
}
