import type { Finding } from '../model/finding.ts';
import type { Episode, EpisodeChange, EpisodeStore } from '../model/storage.ts';
import type { StoredEpisode, StoredEpisodeChange } from './episode-table.ts';
import type { ThreadLink } from './thread-link.ts';

/** Episodes of findings as the rooms see them. `onFailure` is told of each that could not be written. */
export function createEpisodeStore(link: ThreadLink, onFailure: () => void): EpisodeStore {
  return {
    async write(changes, at) {
      try {
        await link.call<'writeEpisodes'>({ kind: 'writeEpisodes', changes: changes.map(toStored), at });
      } catch (error) {
        onFailure();
        throw error;
      }
    },
    async open() {
      return (await link.call<'openEpisodes'>({ kind: 'openEpisodes' })).map(toEpisode);
    },
    async at(moment) {
      const { since, standing } = await link.call<'episodesAt'>({ kind: 'episodesAt', moment });
      return {
        since,
        standing: standing.map(({ formAt, finding, ...stored }) => {
          const episode = toEpisode(stored);
          const isKept = formAt !== null && finding !== null;
          const form = isKept
            ? { at: formAt, finding: JSON.parse(finding) as Finding }
            : { at: episode.startsAt, finding: episode.worst };
          return { episode, form };
        }),
      };
    },
    async between(query) {
      const answer = await link.call<'episodesBetween'>({ kind: 'episodesBetween', ...query });
      return { ...answer, episodes: answer.episodes.map(toEpisode) };
    },
  };
}

function toStored({ episode, forms }: EpisodeChange): StoredEpisodeChange {
  const { worst, ...rest } = episode;
  return {
    episode: { ...rest, fingerprint: worst.fingerprint, worst: JSON.stringify(worst) },
    forms: forms.map(({ at, finding }) => ({ at, finding: JSON.stringify(finding) })),
  };
}

function toEpisode({ id, startsAt, seenAt, endsAt, worst }: StoredEpisode): Episode {
  return { id, startsAt, seenAt, endsAt, worst: JSON.parse(worst) as Finding };
}
