/**
 * Holds sockets in a network namespace of its own: prints a line when they are there, then does what it is told on
 * standard input, a line each, and answers with a line.
 *
 * `open N`: N more connections, both ends here. `close`: closes those. `name TEXT` (in base64): takes that name.
 * `storm`: from now on opens and closes connections as fast as it can. `fork`: starts a child that inherits a listener, and prints its pid.
 * `unlisten`: closes that listener here. `receiver`: starts a child that takes what is passed to it, and prints its pid. `pass`: a new
 * connection, whose accepted end goes to that child by SCM_RIGHTS, and stays open here too; prints its port. `drop`: closes that end here.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RECEIVER = fileURLToPath(new URL('receiver.js', import.meta.url));

execFileSync('ip', ['link', 'set', 'lo', 'up']);
// Packets to it come back on loopback, where nobody is at home: a connection stays in SYN_SENT.
execFileSync('ip', ['route', 'add', '192.0.2.0/24', 'dev', 'lo']);

/** Listens, and connects; both ends stay open when the other has closed. */
async function pair(host, to = host) {
  const server = createServer({ allowHalfOpen: true }).listen(0, host);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect({ host: to, port: server.address().port, allowHalfOpen: true });
  client.on('error', () => undefined);
  await once(client, 'connect');
  return { server, client, accepted: (await accepted)[0] };
}

for (const host of ['127.0.0.1', '::1']) {
  await pair(host);
  // CLOSE_WAIT with unread data here, FIN_WAIT2 there.
  const halfClosed = await pair(host);
  halfClosed.client.pause();
  halfClosed.accepted.end('unread');
  // TIME_WAIT.
  const closed = await pair(host);
  closed.accepted.end();
  closed.client.resume().on('end', () => closed.client.end());
  await once(closed.client, 'close');
}
await pair('::', '127.0.0.1');
connect({ host: '192.0.2.1', port: 80 }).on('error', () => undefined);

const many = createServer().listen(0, '127.0.0.1');
await once(many, 'listening');
const opened = [];
let receiver;
let passed;
const did = {
  async open(count) {
    for (let i = 0; i < Number(count); i++) {
      const accepted = once(many, 'connection');
      const client = connect(many.address().port, '127.0.0.1');
      opened.push(client, (await accepted)[0]);
    }
    return 'opened';
  },
  async storm() {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const again = () => {
      const client = connect(server.address().port, '127.0.0.1').resume();
      client.on('error', () => undefined).on('close', again);
    };
    for (let i = 0; i < 8; i++) again();
    return 'storming';
  },
  async close() {
    for (const socket of opened.splice(0)) socket.destroy();
    return 'closed';
  },
  async name(base64) {
    writeFileSync('/proc/self/comm', Buffer.from(base64, 'base64'));
    return 'named';
  },
  async fork() {
    const child = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', many._handle.fd] });
    await once(child, 'spawn');
    process.once('exit', () => child.kill());
    return String(child.pid);
  },
  async unlisten() {
    many.close();
    return 'closed';
  },
  async receiver() {
    receiver = fork(RECEIVER);
    await once(receiver, 'spawn');
    process.once('exit', () => receiver.kill());
    return String(receiver.pid);
  },
  async pass() {
    const { client, accepted } = await pair('127.0.0.1');
    passed = accepted;
    const received = once(receiver, 'message');
    receiver.send('take', accepted, { keepOpen: true });
    await received;
    return String(client.localPort);
  },
  async drop() {
    passed.destroy();
    return 'dropped';
  },
};

process.once('SIGTERM', () => process.exit(0));
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = line.split(' ');
  process.stdout.write(`${await did[command](...args)}\n`);
}
process.exit(0);
