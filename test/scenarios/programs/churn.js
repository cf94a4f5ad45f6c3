// Opens so many connections a second, sends on each and closes it: `node churn.js HOST PORT PER_SECOND`. It says `busy`.
import { connect } from 'node:net';

const [host, port, perSecond] = process.argv.slice(2);
process.title = 'churn';
process.stdin.on('end', () => process.exit()).resume();

const STEP_MS = 20;
setInterval(() => {
  for (let i = 0; i < (Number(perSecond) * STEP_MS) / 1000; i++) {
    const socket = connect({ host, port: Number(port), allowHalfOpen: true }, () => socket.end('hello'));
    socket.on('error', () => {}).resume();
  }
}, STEP_MS);
process.stdout.write('busy\n');
