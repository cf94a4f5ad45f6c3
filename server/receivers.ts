import { ask } from './remote.ts';
import { ReceiversAnswerSchema, TestAnswerSchema, type TestAnswer } from './model/alert-api.ts';
import type { ReceiverStatus } from './model/alerts.ts';
import type { ReceiversCommand } from './model/config.ts';
import { printable } from './model/printable.ts';
import { COMMAND_TEXTS, type CommandTexts } from './model/texts/commands.ts';

/** A receiver may take a minute to fail, and then says why. */
const TIMEOUT_MS = 120_000;
const MAX_LENGTH = 64 * 1024;

interface Printed {
  readonly text: string;
  /** Of a test that was not delivered: 1. */
  readonly exitCode: number;
}

/** `halfclose receivers`. Rejects with one line where the server does not answer or refuses. */
export async function receivers(command: ReceiversCommand): Promise<Printed> {
  const texts = COMMAND_TEXTS[command.language];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const route = `${command.url}/api/v1/receivers`;
  if (command.action === 'list') {
    const answer = await ask(route, ReceiversAnswerSchema, { signal });
    const lines = answer.receivers.map((each) => listed(each, texts));
    return { text: `${lines.join('\n') || texts.noReceivers}\n`, exitCode: 0 };
  }
  const asked = { method: 'POST', body: {}, signal } as const;
  const test = await ask(`${route}/${encodeURIComponent(command.name)}/test`, TestAnswerSchema, asked);
  return { text: tested(test, texts), exitCode: test.outcome === 'delivered' ? 0 : 1 };
}

function listed(
  { receiver, kind, last, lastDeliveredAt, waiting }: ReceiverStatus,
  texts: CommandTexts,
): string {
  const state = last ? `${texts.outcome[last.outcome]} (${last.at})` : texts.neverTold;
  const why = last?.reason ? `: ${printable(last.reason, MAX_LENGTH)}` : '';
  const isKnown = last && last.outcome !== 'delivered' && lastDeliveredAt !== null;
  const before = isKnown ? `; ${texts.lastDelivered} ${lastDeliveredAt}` : '';
  const rest = waiting > 0 ? `; ${texts.waiting(waiting)}` : '';
  return `${receiver}  ${kind}  ${state}${why}${before}${rest}`;
}

function tested(
  { receiver, outcome, reason, seconds, status, body, answer }: TestAnswer,
  texts: CommandTexts,
) {
  const why = reason === null ? '' : `: ${printable(reason, MAX_LENGTH)}`;
  const head = `${receiver}: ${texts.tested[outcome]}, ${texts.took(seconds.toFixed(2))}${why}`;
  const back = status === null ? texts.noAnswer : [texts.answered, status, lines(answer)].join('\n');
  return `${head}\n\n${texts.sent}\n${lines(body)}\n\n${back}\n`;
}

/** Line by line, so that those of a body stay lines. */
function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, MAX_LENGTH))
    .join('\n');
}
