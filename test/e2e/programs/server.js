// A server with a fault of its own: `node server.js FAULT HOST`. It prints its port, and ends with its standard input.
import { createServer } from 'node:net';
import { writeSync } from 'node:fs';

const [fault, host] = process.argv.slice(2);
process.title = `srv-${fault}`;
process.stdin.on('end', () => process.exit()).resume();

/** By fault: what it does with a connection that it has accepted. */
const FAULTS = {
  // Sound: closes as soon as the other side has.
  sound: (socket) => socket.on('end', () => socket.end()).resume(),
  // Closes first, at once.
  closing: (socket) => socket.resume().end(),
  // Accepts, and never reads.
  unreading: () => {},
  // Reads to the end, and never closes.
  leaking: (socket) => socket.resume(),
  // Never accepts: its only thread hangs.
  stalled: () => {},
};

const server = createServer({ allowHalfOpen: true, pauseOnConnect: fault === 'unreading' }, (socket) =>
  FAULTS[fault](socket.on('error', () => {})),
);
server.listen(0, host, () => {
  writeSync(1, `${server.address().port}\n`);
  // It cannot see the end of its input then: a bound keeps it from outliving a test that was killed.
  if (fault === 'stalled') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300_000);
});
