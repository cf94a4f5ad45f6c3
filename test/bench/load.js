/**
 * Holds sockets: `node load.js FAMILY FIRST_PORT PORTS`. Takes a line at a time, such as `pairs 9000`, and answers `done`;
 * ends, and closes all, when its standard input does.
 */
import { createInterface } from 'node:readline';
import { close, halfClose, listenAt, loopback, openPair } from './libc.js';

const family = process.argv[2];
const [firstPort, ports] = process.argv.slice(3).map(Number);

/** So many connections to one port, then the next: one has some 55,000 client ports, and TIME_WAIT keeps them a minute. */
const CONNECTIONS_A_PORT = 10_000;

const doors = [];
let connections = 0;

function connection() {
  const index = Math.floor(connections++ / CONNECTIONS_A_PORT) % ports;
  const address = doors[index]?.address ?? loopback(family, firstPort + index);
  doors[index] ??= { address, listener: listenAt(address) };
  return openPair(address, doors[index].listener);
}

const work = {
  /** ESTABLISHED at both ends: two sockets each. */
  pairs: connection,
  /** FIN_WAIT2 and CLOSE_WAIT: two sockets each. */
  halves: () => halfClose(connection().client),
  /** TIME_WAIT, which no process holds. */
  waiting: () => {
    const { client, server } = connection();
    close(client);
    close(server);
  },
  listeners: () => listenAt(loopback(family, 0)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, count] = line.split(' ');
  for (let i = 0; i < Number(count); i++) work[what]();
  process.stdout.write('done\n');
}
process.exit(0);
