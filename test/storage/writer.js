// Writes to a store without end, and tells each key once it is acknowledged: `node writer.js FOLDER NAME`.
import { writeSync } from 'node:fs';
import { createStorage } from '../../dist/server/storage/index.js';

const [path, name] = process.argv.slice(2);
const log = {
  debug() {},
  info() {},
  warn() {},
  error: (_fields, message) => process.stderr.write(`${message}\n`),
};
const config = { path, offBecause: null, retentionSeconds: 86_400, maxBytes: 2 ** 28 };
const { journal, samples } = createStorage(config, log);
for (let n = 0; ; n++) {
  const at = Date.now();
  samples.append({ at, values: new Map([['x', n]]) });
  // Two that belong together, of which a reader must never find one alone.
  const pair = ['alert', 'delivery'].map((table) => ({ table, key: `${name}-${n}`, at, value: { n } }));
  await journal.write(pair, n % 2 === 0);
  writeSync(1, `${name}-${n}\n`);
}
