/** An HTTP server that does nothing, to compare with: answers each line with its URL, and ends with its standard input. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
await once(server, 'listening');
createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`))
  .on('close', () => process.exit(0));
