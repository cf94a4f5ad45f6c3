import type { GroupKey, GroupsAnswer } from '../../../server/model/api.ts';
import { ask } from '../../ask.ts';
import { live } from '../../live.svelte.ts';
import type { Present } from './completion.ts';

const MAX_NAMES = 100;
const REFRESH_MS = 15_000;

/** The names that a filter may have, as they are on this host: asked for when somebody is about to write one. */
export class PresentNames {
  #groups = $state.raw<Partial<Record<GroupKey, readonly string[]>>>({});
  #askedAt = -Infinity;

  get present(): Present {
    const { process = [], pid = [], unit = [], container = [], remote = [], remotePort = [] } = this.#groups;
    const listening = (live.state?.listeners ?? []).map(({ port }) => `:${port}`);
    const ports = listening.filter((port, i) => listening.indexOf(port) === i);
    return {
      process,
      pid,
      unit,
      // As many digits as tools print are taken for the whole.
      container: container.map((id) => (/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id)),
      netns: (live.state?.namespaces ?? []).map(({ name }) => name),
      src: ports,
      sport: ports,
      dst: remote,
      dport: remotePort.filter((port) => port !== '0').map((port) => `:${port}`),
    };
  }

  /** What cannot be had is not suggested. */
  async refresh(): Promise<void> {
    if (performance.now() < this.#askedAt + REFRESH_MS) return;
    this.#askedAt = performance.now();
    for (const by of ['process', 'unit', 'container', 'pid', 'remotePort', 'remote'] as const) {
      const answer = await ask<GroupsAnswer>('groups', `by=${by}&limit=${MAX_NAMES}`).catch(() => null);
      if (!answer) return;
      const names = answer.groups.map(({ key }) => key[by] ?? '');
      this.#groups = { ...this.#groups, [by]: names.filter((name) => name !== 'unknown' && name !== 'none') };
    }
  }
}
