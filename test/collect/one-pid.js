/**
 * The first process of a pid namespace of its own, which holds listening sockets. Told `again` on standard input, it opens
 * one more, ends its child, and starts another under the same pid, that inherits the new socket alone; answers with pid and port.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const PID = 5000;
let child;

/** Start times are told in hundredths of a second: two within one could not be told apart. */
async function untilNextTick() {
  const uptime = () => readFileSync('/proc/uptime', 'latin1').split(' ')[0];
  for (const now = uptime(); uptime() === now;) await new Promise(setImmediate);
}

process.stdout.write('ready\n');
for await (const command of createInterface({ input: process.stdin })) {
  if (command !== 'again') throw new Error(`cannot ${command}`);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  if (child) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await untilNextTick();
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(PID - 1));
  child = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] });
  await once(child, 'spawn');
  process.stdout.write(`${child.pid} ${server.address().port}\n`);
}
process.exit(0);
