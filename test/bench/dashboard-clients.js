/**
 * Dashboards: `node dashboard-clients.js URL`. Takes a line at a time and answers each with a line of JSON; ends with its
 * standard input. `join 250`: so many connect at once; answers when all have their snapshot, with the milliseconds that
 * each took and their ports. `begin`: forgets what was measured. `measured`: what was since.
 */
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const url = process.argv[2];

let delays = [];
const counts = { deltas: 0, gaps: 0, snapshots: 0, disconnects: 0 };

function dashboard() {
  const begin = performance.now();
  const socket = io(url, { transports: ['websocket'], extraHeaders: { origin: url }, forceNew: true });
  /** Of the last message; null while a snapshot is awaited. */
  let sequence = null;
  socket.on('disconnect', () => {
    counts.disconnects++;
    sequence = null;
  });
  socket.on('delta', (delta) => {
    const at = delta.set.at;
    if (sequence === null) return;
    counts.deltas++;
    if (at !== undefined) delays.push(Date.now() - at);
    if (delta.sequence === sequence + 1) return void sequence++;
    counts.gaps++;
    sequence = null;
    socket.emit('resync');
  });
  return new Promise((resolve) => {
    socket.on('snapshot', (snapshot) => {
      counts.snapshots++;
      sequence = snapshot.sequence;
      resolve({ ms: performance.now() - begin, port: socket.io.engine.transport.ws._socket.localPort });
    });
  });
}

const work = {
  join: async (count) => Promise.all(Array.from({ length: count }, dashboard)),
  begin: () => {
    delays = [];
    for (const name of Object.keys(counts)) counts[name] = 0;
    return {};
  },
  measured: () => ({ ...counts, delays }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, count] = line.split(' ');
  process.stdout.write(`${JSON.stringify(await work[what](Number(count)))}\n`);
}
process.exit(0);
