// `npm start`: installs and builds what is missing or stale, then is the program itself, so that signals, flags and the
// exit code are the program's own.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`halfclose: Node ${process.versions.node} is too old: 20.19 or newer is needed`);
  process.exit(1);
}

const { ensureBuilt } = await import('./build.js');
ensureBuilt();
await import('../dist/server/main.js');
