import { join, resolve } from 'node:path';
import type { StorageConfig } from '../model/config.ts';

/** As a path: nothing is stored. */
const NO_STORAGE = 'none';

/** The folder that was asked for; or where the system keeps the state of a service, or else of a user. */
export function storageFolder(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Pick<StorageConfig, 'path' | 'offBecause'> {
  const found = (path: string) => ({ path: resolve(path), offBecause: null });
  if (given === NO_STORAGE) return { path: null, offBecause: `--storage.path is ${NO_STORAGE}` };
  if (given !== undefined) return found(given);
  // systemd: as many paths as StateDirectory= names, between colons. Source: systemd.exec(5)
  const [ofService] = (env['STATE_DIRECTORY'] ?? '').split(':');
  if (ofService) return found(ofService);
  // A relative one is to be ignored. Source: XDG Base Directory Specification
  const ofUser = env['XDG_STATE_HOME'];
  if (ofUser?.startsWith('/')) return found(join(ofUser, 'halfclose'));
  const home = env['HOME'];
  if (home?.startsWith('/')) return found(join(home, '.local/state/halfclose'));
  return {
    path: null,
    offBecause: 'neither --storage.path nor STATE_DIRECTORY, XDG_STATE_HOME or HOME says where',
  };
}
