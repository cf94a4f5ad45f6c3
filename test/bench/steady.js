/**
 * What Halfclose takes of a quiet host, with one dashboard open: `node steady.js '{"sockets":…,"seconds":…}'`, in a network
 * namespace of its own.
 */
import { io } from 'socket.io-client';
import { startHalfclose, watch } from './halfclose.js';
import { megabytes, percent, tell } from './report.js';
import { openWorld } from './world.js';

const MAX_CORES = 0.03;
const MAX_BYTES = 200e6;
/** From then on compilers are warm, and caches filled. */
const SETTLED_AFTER_SECONDS = 10;

const { sockets, seconds } = JSON.parse(process.argv[2]);

const world = await openWorld('established', sockets);
const halfclose = await startHalfclose('--collect.interval=1s');
const dashboard = io(halfclose.url, { transports: ['websocket'], extraHeaders: { origin: halfclose.url } });
let messages = 0;
dashboard.on('snapshot', () => messages++);
dashboard.on('delta', () => messages++);
const pids = [halfclose.server, halfclose.observer];
await watch(pids, Math.min(SETTLED_AFTER_SECONDS, seconds));
process.stderr.write(`bench: ${sockets} sockets, one dashboard: watching for ${seconds} s\n`);
const messagesBefore = messages;
const [server, observer] = await watch(pids, seconds);
const received = messages - messagesBefore;
dashboard.close();
await halfclose.stop();
await world.close();

const both = {
  cores: server.cores + observer.cores,
  residentBytes: server.residentBytes + observer.residentBytes,
};
tell({
  title: `${sockets.toLocaleString('en')} sockets, an interval of 1 s, one dashboard open`,
  notes: [`Over ${seconds} s; the dashboard received ${received} messages.`],
  columns: ['', 'CPU, of one core', 'most memory (RSS), MB'],
  rows: Object.entries({ server, observer, both }).map(([name, { cores, residentBytes }]) => [
    name,
    percent(cores),
    megabytes(residentBytes),
  ]),
  targets: [
    {
      what: 'Both processes: CPU, of one core',
      limit: '≤ 3 %',
      figure: 100 * both.cores,
      unit: ' %',
      met: both.cores <= MAX_CORES,
    },
    {
      what: 'Both processes: memory',
      limit: '≤ 200 MB',
      figure: both.residentBytes / 1e6,
      unit: ' MB',
      met: both.residentBytes <= MAX_BYTES,
    },
  ],
  missing: [],
  failures: received > 0 ? [] : ['the dashboard received nothing'],
});
process.exit(0);
