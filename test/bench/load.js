/**
 * Opens connections on loopback and holds both ends: `node load.js CONNECTIONS`. Prints a line when they are open, and
 * ends when its standard input does.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** So many at a time: fewer than the accept queue takes. */
const BATCH = 200;

const connections = Number(process.argv[2]);
const kept = [];
const server = createServer((socket) => kept.push(socket)).listen({
  port: 0,
  host: '127.0.0.1',
  backlog: 511,
});
await once(server, 'listening');
while (kept.length < 2 * connections) {
  const clients = Array.from({ length: Math.min(BATCH, connections - kept.length / 2) }, () =>
    connect(server.address().port, '127.0.0.1'),
  );
  await Promise.all(clients.map((client) => once(client, 'connect')));
  kept.push(...clients);
  while (kept.length % (2 * BATCH) !== 0 && kept.length < 2 * connections) await once(server, 'connection');
}
process.stdout.write('ready\n');
process.stdin.resume().on('end', () => process.exit(0));
