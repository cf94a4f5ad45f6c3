// An HTTP server: `node http-server.js MODE HOST PORT [BYTES]`. It prints its port, and ends with its standard input.
//   keep-alive   answers with so many bytes, and leaves it to the client to close
//   closing      answers likewise, and closes
//   never        takes requests, and answers none
//   tunnel       a proxy that, asked to CONNECT, forgets to end its side when the other has
// A line of input: it ends in good order, as servers do that are replaced.
import { createServer } from 'node:http';
import { connect } from 'node:net';

const [mode, host, port, bytes = '5'] = process.argv.slice(2);
process.title = `http-${mode}`;
process.stdin.on('end', () => process.exit()).resume();

const body = Buffer.alloc(Number(bytes));
const answers = {
  'keep-alive': (_, response) => response.end(body),
  closing: (_, response) => response.setHeader('connection', 'close').end(body),
  never: () => {},
  tunnel: (_, response) => response.end(),
};

const server = createServer(answers[mode]);
server.on('connect', ({ url }, socket) => {
  const [upstreamHost, upstreamPort] = url.split(':');
  const upstream = connect({ host: upstreamHost, port: Number(upstreamPort), allowHalfOpen: true }, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    // What is missing: on 'end' of either, to end the other.
    socket.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => socket.write(chunk));
  });
  for (const each of [socket, upstream]) each.on('error', () => {});
});
process.stdin.on('data', () => server.close(() => process.exit()));
server.listen(Number(port), host, () => process.stdout.write(`${server.address().port}\n`));
