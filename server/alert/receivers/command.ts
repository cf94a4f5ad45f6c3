import { groupKeyOf, type Delivery, type Notification } from '../../model/alert.ts';
import { printable } from '../../model/printable.ts';
import type { ReceiverOf } from '../../model/receiver-options.ts';
import type { Receiver } from '../../model/units.ts';
import { runProgram, type Output, type ProgramEnd } from './program.ts';
import { webhookBody } from './webhook.ts';

const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_REASON_LENGTH = 200;
/** EX_TEMPFAIL: "the user is invited to retry". Source: sysexits.h(3head) */
const TEMPORARY_FAILURE = 75;
/** Where Halfclose was started without one. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs a program with the webhook's body on its standard input, one at a time. Exit code 0: delivered. 75, a signal, the
 * timeout, and a program that cannot be started: tried again. Any other exit code: refused.
 *
 * Its environment is PATH and HOME of Halfclose, and HALFCLOSE_STATUS, _RECEIVER, _GROUP, _TEST and _URL: nothing else, so that
 * no secret is in it.
 *
 * Throws where an argument cannot be one.
 */
export function createCommand(name: string, config: ReceiverOf<'command'>): Receiver {
  const { argv, timeout } = config;
  if (!argv[0] || argv.some((argument) => argument.includes('\0'))) {
    throw new Error('argv: expected a program, and no argument with a NUL byte in it');
  }
  let last: Promise<unknown> = Promise.resolve();
  return {
    name,
    kind: 'command',
    sendResolved: config.sendResolved,
    send(notification, signal) {
      const input = JSON.stringify(webhookBody(notification));
      const limits = { timeoutSeconds: timeout, maxOutputBytes: MAX_OUTPUT_BYTES };
      const run = last.then(() =>
        runProgram({ argv, env: environmentOf(notification), input, ...limits }, signal),
      );
      last = run;
      return run.then((end) => deliveryOf(end, argv[0] ?? '', timeout, input));
    },
  };
}

function environmentOf(notification: Notification): Record<string, string> {
  const { PATH = DEFAULT_PATH, HOME } = process.env;
  return {
    PATH,
    ...(HOME !== undefined && { HOME }),
    HALFCLOSE_STATUS: notification.status,
    HALFCLOSE_RECEIVER: notification.receiver,
    HALFCLOSE_GROUP: groupKeyOf(notification.groupLabels),
    HALFCLOSE_TEST: notification.isTest ? '1' : '0',
    HALFCLOSE_URL: notification.externalUrl,
  };
}

function deliveryOf(ended: ProgramEnd, program: string, timeoutSeconds: number, input: string): Delivery {
  if (ended.end === 'failed') {
    return { outcome: 'retry', reason: `${program}: ${startFailure(ended.error)}` };
  }
  const { output } = ended;
  const status = ended.end === 'exited' ? ended.code : null;
  const { stdout, stderr } = output;
  const exchange = { body: input.slice(0, MAX_OUTPUT_BYTES), status, answer: stdout + stderr };
  const because = (what: string) => `${program}: ${what}${said(output)}`;
  switch (ended.end) {
    case 'stopped': {
      const what =
        ended.why === 'aborted'
          ? 'killed, since Halfclose stops'
          : `did not end within ${timeoutSeconds}s, killed`;
      return { outcome: 'retry', reason: because(what), inDoubt: true, exchange };
    }
    case 'killed':
      return { outcome: 'retry', reason: because(`killed by ${ended.signal}`), inDoubt: true, exchange };
    case 'exited':
      if (ended.code === 0) return { outcome: 'delivered', exchange };
      return {
        outcome: ended.code === TEMPORARY_FAILURE ? 'retry' : 'refused',
        reason: because(`exit code ${ended.code}`),
        exchange,
      };
  }
}

/** Nothing ran: it costs nothing to try again until somebody has put the program there. */
function startFailure({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'not found, or the interpreter that its first line names is not';
  if (code === 'EACCES') return 'may not be executed';
  return code ?? message;
}

/** The last line of what it complained of, or else said: programs that quote a stack of calls end with the error. */
function said({ stdout, stderr }: Output): string {
  for (const text of [stderr, stdout]) {
    const line = text.split(/[\r\n]/).findLast((each) => each.trim() !== '');
    if (line !== undefined) return `: ${printable(line.trim(), MAX_REASON_LENGTH)}`;
  }
  return '';
}
