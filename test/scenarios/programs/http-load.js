// HTTP clients: `node http-load.js MODE URL CLIENTS`. Each asks again and again; it says `busy` after a first answer to each.
//   keep-alive   by an agent that keeps its connections
//   closing      on a new connection each time
//   slow         reads what is answered a little at a time
//   pause        reads the first of what is answered, and the rest after a third of a second
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [mode, url, clients] = process.argv.slice(2);
process.title = `load-${mode}`;
process.stdin.on('end', () => process.exit()).resume();
const agent = new Agent({ keepAlive: mode === 'keep-alive', maxSockets: Infinity });

async function ask(onAnswer) {
  await new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      onAnswer?.();
      response.on('end', resolve).on('error', reject);
      void take(response);
    }).on('error', reject);
  });
}

async function take(response) {
  if (mode === 'slow') {
    for await (const chunk of response) if (chunk) await sleep(150);
  } else if (mode === 'pause') {
    response.once('data', () => {
      response.pause();
      setTimeout(() => response.resume(), 333);
    });
  } else response.resume();
}

const first = [];
for (let i = 0; i < Number(clients); i++) {
  first.push(
    new Promise((answered) => {
      void (async () => {
        for (;;) {
          try {
            await ask(answered);
          } catch {
            await sleep(50);
          }
          await sleep(mode === 'closing' ? 20 : 5);
        }
      })();
    }),
  );
}
await Promise.all(first);
process.stdout.write('busy\n');
