/** Servers that people run, each on a host of a scene. */
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import type { Host } from './scene.ts';

/** Where Debian puts its programs; undefined where it is not installed. */
const POSTGRES = readdirOr('/usr/lib/postgresql')
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .at(-1);

/** Programs, as `needs` of a scenario. */
export const POSTGRES_NEEDS = [`${POSTGRES ?? '/usr/lib/postgresql'}/initdb`, 'setpriv'];

/** One process, in the foreground; it listens on port 8080 when this resolves. */
export async function startNginx(host: Host, location: string): Promise<void> {
  const folder = host.path('nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const conf = host.file(
    'nginx.conf',
    `daemon off; master_process off; pid ${folder}.pid; error_log stderr crit;
     events {}
     http {
       access_log off;
       ${temporary.map((name) => `${name}_temp_path ${folder}-${name};`).join(' ')}
       server { listen ${host.address}:8080; ${location} }
     }`,
  );
  host.start('nginx', ['-c', conf, '-e', 'stderr']);
  await host.listens(8080);
}

/** It listens on port 6379 when this resolves. */
export async function startRedis(host: Host, ...settings: string[]): Promise<void> {
  const always = ['--save', '', '--appendonly', 'no', '--protected-mode', 'no', '--bind', host.address];
  host.start('redis-server', [...always, ...settings]);
  await host.listens(6379);
}

/** It trusts everybody, and listens on port 5432 when this resolves. */
export async function startPostgres(host: Host): Promise<void> {
  const folder = host.path('postgres');
  // It refuses to be run by root.
  chmodSync(host.path('.'), 0o755);
  mkdirSync(folder);
  host.run('chown', 'postgres:', folder);
  const asPostgres = ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--'];
  const [data, trusting] = [`${folder}/data`, host.file('pg_hba.conf', 'host all all all trust')];
  const made = host.start('setpriv', [
    ...asPostgres,
    `${POSTGRES}/initdb`,
    '-D',
    data,
    '--no-sync',
    '-A',
    'trust',
  ]);
  await made.ended;
  const settings = ['-D', data, '-k', folder, '-h', host.address, '-c', `hba_file=${trusting}`, '-F'];
  host.start('setpriv', [...asPostgres, `${POSTGRES}/postgres`, ...settings]);
  await host.listens(5432);
}

/** What a client of PostgreSQL says first, and to ask; for programs/sockets.py. */
export const POSTGRES_HELLO =
  'say \\x00\\x00\\x00\\x29\\x00\\x03\\x00\\x00user\\x00postgres\\x00database\\x00postgres\\x00\\x00';
export function postgresQuery(sql: string): string {
  return `say Q\\x00\\x00\\x00\\x${(sql.length + 5).toString(16).padStart(2, '0')}${sql}\\x00`;
}

function readdirOr(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
