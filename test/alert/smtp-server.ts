import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** How a server behaves; by default it takes everything, without TLS and without authentication. */
export interface SmtpBehaviour {
  /** null: it never says a word. */
  readonly greeting?: string | null;
  readonly certificate?: Certificate;
  /** TLS from the first byte, instead of STARTTLS. */
  readonly implicitTls?: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  readonly mailFrom?: string;
  readonly rcptTo?: (address: string) => string;
  readonly data?: string;
  /** Once the mail is in. `drop`: the connection is closed without an answer; `hang`: no answer at all. */
  readonly end?: string | 'drop' | 'hang';
  readonly pipelining?: boolean;
}

/** One connection, as far as it came. */
interface SmtpSession {
  readonly commands: string[];
  isEncrypted: boolean;
  isAuthenticated: boolean;
  from: string | null;
  readonly to: string[];
  /** As it was sent, dots unstuffed. */
  mail: string | null;
}

export interface SmtpServer {
  readonly port: number;
  readonly sessions: SmtpSession[];
  /** For the connections to come. */
  behave(behaviour: SmtpBehaviour): void;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Self-signed, for that name and 127.0.0.1; null where openssl is not installed. */
export function selfSigned(name: string): Certificate | null {
  const folder = mkdtempSync(join(tmpdir(), 'halfclose-certificate-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  try {
    execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const closing: (() => Promise<void>)[] = [];

/** A real SMTP server on a free port of loopback, that speaks what RFC 5321 asks for at least. */
export async function smtpServer(first: SmtpBehaviour = {}): Promise<SmtpServer> {
  const sessions: SmtpSession[] = [];
  const sockets = new Set<Socket>();
  let behaviour = first;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    const session: SmtpSession = {
      commands: [],
      isEncrypted: false,
      isAuthenticated: false,
      from: null,
      to: [],
      mail: null,
    };
    sessions.push(session);
    converse(socket, session, behaviour);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { port, sessions, behave: (next) => (behaviour = next) };
}

/** Closes every server that was started, and their connections; for afterEach(). */
export async function closeSmtpServers(): Promise<void> {
  await Promise.all(closing.splice(0).map((close) => close()));
}

function converse(socket: Socket, session: SmtpSession, behaviour: SmtpBehaviour): void {
  const { greeting = '220 test ESMTP', certificate, implicitTls = false, login } = behaviour;
  let stream: Socket = socket;
  let buffered = '';
  /** What the next line is, where it is no command. */
  let expecting: 'command' | 'mail' | 'plain' | 'user' | 'pass' = 'command';
  let user = '';
  const mail: string[] = [];
  const say = (...lines: string[]) => stream.write(lines.map((line) => `${line}\r\n`).join(''));

  const listen = () => {
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      buffered += chunk.toString('latin1');
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        takeLine(line);
      }
    });
  };
  const encrypt = () => {
    stream.removeAllListeners('data');
    stream = new TLSSocket(socket, { isServer: true, ...certificate });
    session.isEncrypted = true;
    listen();
  };
  const decode = (text: string) => Buffer.from(text, 'base64').toString();
  const authenticated = (name: string, pass: string) => {
    session.isAuthenticated = name === login?.user && pass === login.pass;
    say(session.isAuthenticated ? '235 2.7.0 welcome' : '535 5.7.8 authentication failed');
  };

  function takeLine(line: string): void {
    if (expecting === 'mail') {
      if (line !== '.') return void mail.push(line.replace(/^\./, ''));
      expecting = 'command';
      session.mail = Buffer.from(mail.join('\r\n'), 'latin1').toString();
      const { end = '250 2.0.0 queued' } = behaviour;
      if (end === 'drop') socket.destroy();
      else if (end !== 'hang') say(end);
      return;
    }
    if (expecting === 'plain') {
      expecting = 'command';
      const [, name = '', pass = ''] = decode(line).split('\0');
      return authenticated(name, pass);
    }
    if (expecting === 'user') {
      expecting = 'pass';
      user = decode(line);
      return void say('334 UGFzc3dvcmQ6');
    }
    if (expecting === 'pass') {
      expecting = 'command';
      return authenticated(user, decode(line));
    }
    takeCommand(line);
  }

  function takeCommand(line: string): void {
    session.commands.push(line);
    const verb = line.split(/[ :]/)[0]?.toUpperCase();
    const address = /<(.*?)>/.exec(line)?.[1] ?? '';
    switch (verb) {
      case 'EHLO': {
        const extensions = ['test', 'SIZE 1000000'];
        if (certificate && !session.isEncrypted) extensions.push('STARTTLS');
        if (login) extensions.push('AUTH PLAIN LOGIN');
        if (behaviour.pipelining) extensions.push('PIPELINING');
        return void say(
          ...extensions.map((each, i) => `250${i === extensions.length - 1 ? ' ' : '-'}${each}`),
        );
      }
      case 'STARTTLS':
        if (!certificate) return void say('502 5.5.1 not implemented');
        say('220 go ahead');
        return encrypt();
      case 'AUTH': {
        const [, method, initial] = line.split(' ');
        if (method === 'PLAIN' && initial !== undefined) {
          const [, name = '', pass = ''] = decode(initial).split('\0');
          return authenticated(name, pass);
        }
        expecting = method === 'PLAIN' ? 'plain' : 'user';
        return void say(method === 'PLAIN' ? '334 ' : '334 VXNlcm5hbWU6');
      }
      case 'MAIL':
        if (login && !session.isAuthenticated) return void say('530 5.7.0 authentication required');
        session.from = address;
        return void say(behaviour.mailFrom ?? '250 ok');
      case 'RCPT': {
        const answer = behaviour.rcptTo?.(address) ?? '250 ok';
        if (answer.startsWith('2')) session.to.push(address);
        return void say(answer);
      }
      case 'DATA': {
        if (session.to.length === 0) return void say('554 5.5.1 no valid recipients');
        const { data = '354 go on' } = behaviour;
        if (data.startsWith('3')) expecting = 'mail';
        return void say(data);
      }
      default:
        return void say(verb === 'QUIT' ? '221 bye' : '500 what?');
    }
  }

  if (implicitTls) encrypt();
  else listen();
  if (greeting !== null) say(greeting);
}
