// A server that takes its time to close what its client has closed: `node lingering-server.js HOST MILLISECONDS`.
import { createServer } from 'node:net';

const [host, ms] = process.argv.slice(2);
process.title = 'lingering';
process.stdin.on('end', () => process.exit()).resume();

const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket
    .on('error', () => {})
    .on('end', () => setTimeout(() => socket.end(), Number(ms)))
    .resume();
});
server.listen({ port: 0, host, backlog: 4096 }, () => process.stdout.write(`${server.address().port}\n`));
