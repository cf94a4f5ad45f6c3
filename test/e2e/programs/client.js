// A client on command: `node client.js NAME HOST PORT`. Commands come by standard input, one a line, and each is answered
// by a line; it ends with its standard input.
//   leak N    opens N connections, waits until the server has closed each, and does not close them
//   open N    opens N connections, sends nothing, and keeps them
//   send N    opens N connections, sends 5 bytes on each, and keeps them
//   cycle N   opens and closes N connections, one after the other, being the first to close
//   polite N  opens N connections, one after the other, and closes each when the server has
//   close     closes all that it has
import { connect } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const [name, host, port] = process.argv.slice(2);
process.title = name;
const held = new Set();

async function open() {
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {}).on('close', () => held.delete(socket));
  await once(socket, 'connect');
  held.add(socket);
  return socket;
}

async function closed(socket) {
  const gone = once(socket, 'close');
  socket.resume().end();
  await gone;
}

const COMMANDS = {
  async leak() {
    const socket = await open();
    await once(socket.resume(), 'end');
  },
  open,
  async send() {
    const socket = await open();
    await new Promise((sent) => socket.write('hello', sent));
  },
  async cycle() {
    await closed(await open());
  },
  async polite() {
    const socket = await open();
    await once(socket.resume(), 'end');
    await closed(socket);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, times = '1'] = line.split(' ');
  try {
    if (command === 'close') for (const socket of held) socket.destroy();
    else for (let i = 0; i < Number(times); i++) await COMMANDS[command]();
    process.stdout.write('done\n');
  } catch (error) {
    process.stdout.write(`failed: ${error.message}\n`);
  }
}
process.exit();
