import { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls`: no mail without it. `tls`: from the first byte. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly tls: ConnectionOptions;
  readonly credentials: { readonly user: string; readonly pass: string } | null;
  /** For all of it. */
  readonly timeoutSeconds: number;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as RFC 5322 has them. */
  readonly source: Buffer;
}

/** What a server answered, or else what went wrong. */
interface Reply {
  /** `250`; null where no answer came. */
  readonly code: number | null;
  readonly text: string;
  /** The same mail will never be taken. */
  readonly isPermanent: boolean;
}

/**
 * `accepted`: for some recipients at least; `refused` are the others. `failed`: for none. `mayBeTaken`: all of the mail had gone
 * out, and no answer came.
 */
export type SmtpResult =
  | { readonly result: 'accepted'; readonly reply: Reply; readonly refused: ReadonlyMap<string, Reply> }
  | { readonly result: 'failed'; readonly reply: Reply; readonly mayBeTaken: boolean };

const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Hands one mail to a server, on a connection of its own. Never rejects.
 * Source: https://nodemailer.com/extras/smtp-connection, RFC 5321
 */
export async function sendMail(server: SmtpServer, mail: Mail, signal: AbortSignal): Promise<SmtpResult> {
  const timeoutMs = server.timeoutSeconds * 1000;
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    tls: server.tls,
    // One timer of our own is over all of it, and comes before these.
    dnsTimeout: 2 * timeoutMs,
    connectionTimeout: 2 * timeoutMs,
    greetingTimeout: 2 * timeoutMs,
    socketTimeout: 2 * timeoutMs,
    maxResponseSize: MAX_RESPONSE_BYTES,
    // A relay on this host is found by name too.
    allowInternalNetworkInterfaces: true,
  });
  // Read only once the server has answered DATA.
  const body = Readable.from([mail.source], { objectMode: false });
  let isBodySent = false;
  body.once('end', () => {
    isBodySent = true;
  });

  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${server.timeoutSeconds}s`)), timeoutMs);
    stop = () => reject(new Error('stopped'));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    connection.once('error', reject);
  });
  // Errors of the connection after the end concern nobody, and would end the process.
  connection.on('error', () => undefined);
  interrupted.catch(() => undefined);

  try {
    return await Promise.race([interrupted, converse(connection, server, mail, body)]);
  } catch (err) {
    const reply = replyOf(err as SmtpError);
    return { result: 'failed', reply, mayBeTaken: isBodySent && reply.code === null };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    connection.close();
    body.destroy();
  }
}

async function converse(
  connection: SMTPConnection,
  { credentials }: SmtpServer,
  mail: Mail,
  body: Readable,
): Promise<SmtpResult> {
  await new Promise<void>((resolve, reject) => {
    connection.connect((err) => (err ? reject(err) : resolve()));
  });
  if (credentials) {
    await new Promise<void>((resolve, reject) => {
      connection.login({ ...credentials }, (err) => (err ? reject(err) : resolve()));
    });
  }
  const envelope = { from: mail.from, to: [...mail.to], size: mail.source.byteLength };
  return new Promise((resolve, reject) => {
    connection.send(envelope, body, (err, sent) => {
      if (err || !sent) return reject(err ?? new Error('no answer'));
      const refused = new Map(
        (sent.rejectedErrors ?? []).map((each) => [each.recipient ?? '', replyOf(each)] as const),
      );
      resolve({ result: 'accepted', reply: replyOfText(sent.response), refused });
    });
  });
}

/** Errors of nodemailer, of which there are no types to be had. */
interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly response?: string | false | undefined;
}

/** Errors that are found before anything is said, and that no server will mend: an address, the size, no password. */
const OWN_MISTAKES = new Set(['EENVELOPE', 'EMESSAGE', 'EAUTH']);

function replyOf(err: SmtpError): Reply {
  if (err.response && /^\d{3}/.test(err.response)) return replyOfText(err.response);
  const { code = '', originalCode, message } = err;
  const cause = originalCode ?? (code.startsWith('ERR_') ? code : '');
  const text = cause === '' || message.includes(cause) ? message : `${cause}: ${message}`;
  return { code: null, text, isPermanent: OWN_MISTAKES.has(code) };
}

/** 503, a bad sequence of commands, is said of the session and not of the mail. Source: RFC 5321, section 4.2.1 */
function replyOfText(text: string): Reply {
  const code = Number(text.slice(0, 3));
  return { code, text, isPermanent: code >= 500 && code !== 503 };
}
