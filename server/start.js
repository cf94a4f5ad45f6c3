// `npm start`: installs and builds what is missing or stale, then is the program itself, so that signals, flags and the
// exit code are the program's own.
import { ensureBuilt } from './build.js';

ensureBuilt();
await import('../dist/server/main.js');
