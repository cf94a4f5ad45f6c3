// A store on a disk of four MiB that fills up and is emptied again: `node small-disk.js MOUNTPOINT`, where such a tmpfs is
// mounted. Tells the status at each point, as lines of JSON.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createStorage } from '../../dist/server/storage/index.js';

const MIB = 2 ** 20;
const [mountPoint] = process.argv.slice(2);
const ballast = join(mountPoint, 'ballast');
const path = join(mountPoint, 'store');
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const config = { path, offBecause: null, retentionSeconds: 86_400, maxBytes: 2 ** 30 };

let second = Math.floor(Date.now() / 1000);
function append(storage, length = 500) {
  const values = Array.from({ length }, (_, n) => [`x${n}`, Math.random()]);
  storage.samples.append({ at: second++ * 1000, values: new Map(values) });
}
const write = (storage, key, bytes = 10) =>
  storage.journal.write([{ table: 'alert', key, at: 1, value: 'x'.repeat(bytes) }], true).then(
    () => 'written',
    (error) => error.message,
  );
async function tell(point, storage, more = {}) {
  // What was asked before is done when this is answered.
  await storage.samples.series().catch(() => undefined);
  process.stdout.write(`${JSON.stringify({ point, ...storage.status(), ...more })}\n`);
}
async function healed(storage) {
  for (let tries = 0; storage.status().state !== 'ok' && tries < 600; tries++) {
    append(storage, 1);
    await setTimeout(50);
  }
}

let storage = createStorage(config, silent);
const first = await write(storage, 'before');
append(storage);
await tell('empty', storage, { first });

writeFileSync(ballast, Buffer.alloc(1.5 * MIB));
for (let n = 0; n < 400 && storage.status().samplesDropped === 0; n++) {
  append(storage);
  await storage.samples.series().catch(() => undefined);
}
await tell('full', storage, { refused: await write(storage, 'large', MIB) });
const kept = await storage.journal.get('alert', 'before');
rmSync(ballast);
await healed(storage);
await tell('emptied', storage, { again: await write(storage, 'after'), kept: kept.key });
await storage.close();

execFileSync('mount', ['-o', 'remount,ro', mountPoint]);
storage = createStorage(config, silent);
await tell('read-only', storage, { refused: await write(storage, 'never') });
execFileSync('mount', ['-o', 'remount,rw', mountPoint]);
await healed(storage);
const entries = await storage.journal.list('alert', 10);
await tell('writable', storage, {
  keys: entries.map(({ key }) => key).sort(),
  again: await write(storage, 'last'),
});
await storage.close();
