/**
 * A small shop's program, as it is seen in the screenshots: it leaks the connections to its database, has others that are in
 * use, and serves short requests. Ends by itself after some minutes.
 */
import net from 'node:net';

const LEAKS_PER_SECOND = 2;
const REQUESTS_PER_SECOND = 30;
const LIFETIME_MS = 600_000;

process.title = 'orders-api';
const ignore = () => undefined;
const kept = [];

/** Speaks, and says goodbye. */
const database = net.createServer({ allowHalfOpen: true }, (socket) =>
  socket.on('error', ignore).end('bye').resume(),
);
const cache = net.createServer((socket) => socket.on('error', ignore));
const web = net.createServer((socket) => socket.on('error', ignore).end('ok'));
database.listen(5432, '127.0.0.1');
cache.listen(6379, '::');
web.listen(8080, '127.0.0.1');

for (let i = 0; i < 40; i++) kept.push(net.connect(6379, '127.0.0.1'));
for (let i = 0; i < 15; i++) kept.push(net.connect(6379, '::1'));
setInterval(() => {
  for (let i = 0; i < LEAKS_PER_SECOND; i++) {
    // Reads to the end, and never closes.
    kept.push(
      net.connect({ port: 5432, host: '127.0.0.1', allowHalfOpen: true }).on('error', ignore).resume(),
    );
  }
  for (let i = 0; i < REQUESTS_PER_SECOND; i++) net.connect(8080, '127.0.0.1').on('error', ignore).resume();
}, 1000);
setTimeout(() => process.exit(), LIFETIME_MS);
