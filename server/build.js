import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is built, by which program, from which files and folders. Each lands in dist/<name>. */
const TARGETS = [
  {
    name: 'server',
    inputs: ['server', 'tsconfig.json', 'package-lock.json'],
    command: (outDir) => [bin('typescript', 'bin/tsc'), '-p', 'server', '--outDir', outDir],
  },
  {
    name: 'web',
    inputs: ['web', 'server/model', 'tsconfig.json', 'package-lock.json'],
    command: (outDir) => [bin('vite', 'bin/vite.js'), 'build', 'web', '--outDir', outDir, '--emptyOutDir'],
  },
];

/** What package.json asks for; npm itself only warns of an older one. */
const OLDEST_NODE = [20, 19];

/**
 * Installs the dependencies and builds the server and the page, where either is missing or stale; the first failure
 * ends the process. Where nothing is to be done it costs some milliseconds.
 */
export function ensureBuilt() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    fail(`Node ${process.versions.node} is too old: ${OLDEST_NODE.join('.')} or newer is needed`);
  }
  try {
    installAndBuild();
  } catch (error) {
    // Such as a folder that belongs to somebody else: `EACCES: permission denied, mkdir '…/dist'`.
    if (error.code === undefined) throw error;
    fail(error.message);
  }
}

function installAndBuild() {
  if (!dependenciesInstalled()) {
    // Nothing here needs an install script of a dependency, so none is run. Development packages are named, since
    // NODE_ENV=production would leave out the compiler.
    run('installing dependencies', 'npm', [
      'ci',
      '--include=dev',
      '--include=optional',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ]);
  }
  for (const target of TARGETS) buildWhereStale(target);
}

/**
 * True where each package of package-lock.json is in node_modules in that version, by npm's own record there, and has not
 * been removed since.
 */
function dependenciesInstalled() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  let present;
  try {
    present = JSON.parse(readFileSync(join(ROOT, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    // An optional package may be one for another platform.
    if (!present[path]) return optional;
    return present[path].version === version && existsSync(join(ROOT, path, 'package.json'));
  });
}

function buildWhereStale({ name, inputs, command }) {
  const stamp = join(ROOT, 'dist', `${name}.inputs`);
  const fingerprint = hashOf(inputs);
  if (readIfThere(stamp) === fingerprint && isThere(join(ROOT, 'dist', name))) return;
  // Built beside the old one and put in its place when whole: a failed build leaves what worked.
  const next = join(ROOT, 'dist', `${name}.next`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(dirname(stamp), { recursive: true });
  run(`building dist/${name}`, process.execPath, command(next));
  rmSync(stamp, { force: true });
  rmSync(join(ROOT, 'dist', name), { recursive: true, force: true });
  renameSync(next, join(ROOT, 'dist', name));
  writeFileSync(stamp, fingerprint);
}

/** Over names and contents of all the files: times change on a checkout, contents do not. */
function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(filesUnder)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  let entries;
  try {
    entries = readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length))
    .sort();
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isThere(folder) {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

function bin(packageName, file) {
  return join(ROOT, 'node_modules', packageName, file);
}

function run(what, program, args) {
  console.error(`halfclose: ${what} …`);
  // Standard output is the program's own: what installs and builds goes to standard error.
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  fail(`${what} failed: ${error?.message ?? `${program} ended with ${status}`}`);
}

function fail(why) {
  console.error(`halfclose: ${why}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureBuilt();
