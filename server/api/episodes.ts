import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { LANGUAGES, type Language } from '../model/alert.ts';
import { EpisodesAnswerSchema, type FindingsAnswer } from '../model/api.ts';
import { severityRank } from '../model/finding.ts';
import type { FindingsAtAnswer } from '../model/storage.ts';
import { describeFinding } from '../model/texts/describe.ts';
import { errorResponses, RequestError, stored } from './errors.ts';
import { MOMENT_FORM, momentOf } from './moment.ts';
import type { ApiParts } from './parts.ts';

const MAX_EPISODES = 2000;
const DEFAULT_EPISODES = 500;

/** Findings over time. */
export const episodeRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (
  fastify,
  { storage: { episodes } },
) => {
  fastify.get(
    '/findings/episodes',
    {
      schema: {
        operationId: 'getFindingEpisodes',
        summary: 'Findings over time: when each began, and when it ended',
        querystring: Type.Object({
          from: Type.Optional(
            Type.String({
              default: 'now-1h',
              maxLength: 40,
              description: `Those that stood from here on: ${MOMENT_FORM}`,
            }),
          ),
          to: Type.Optional(
            Type.String({ default: 'now', maxLength: 40, description: `Until here: ${MOMENT_FORM}` }),
          ),
          fingerprint: Type.Optional(Type.String({ maxLength: 100, description: 'Only of this one' })),
          lang: Type.Optional(Type.Enum(LANGUAGES, { default: 'en', description: 'Of the titles' })),
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: MAX_EPISODES,
              default: DEFAULT_EPISODES,
              description: 'At most so many, the last to begin',
            }),
          ),
        }),
        response: {
          200: { description: 'Those that overlap the range', ...EpisodesAnswerSchema },
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { from = 'now-1h', to = 'now', lang = 'en', limit = DEFAULT_EPISODES } = request.query;
      const now = Date.now();
      const query = {
        from: momentOf('from', from, now),
        to: momentOf('to', to, now),
        fingerprint: request.query.fingerprint ?? null,
        limit,
      };
      const { since, truncated, ...found } = await stored(episodes.between(query));
      return {
        from: isoTime(query.from),
        to: isoTime(query.to),
        since: since === null ? null : isoTime(since),
        episodes: found.episodes.map(({ startsAt, seenAt, endsAt, worst }) => {
          const { fingerprint, detector, cause, severity, labels, count } = worst;
          return {
            ...{ fingerprint, detector, cause, severity, labels, count },
            title: describeFinding(worst, lang).title,
            startsAt: isoTime(startsAt),
            lastSeenAt: isoTime(seenAt),
            endsAt: endsAt === null ? null : isoTime(endsAt),
          };
        }),
        truncated,
      };
    },
  );
};

/** What stood at a past moment, as the findings of an Observation are told; refused where that is not known any more. */
export function findingsAt(
  { since, standing }: FindingsAtAnswer,
  moment: number,
  now: number,
  { language, fingerprint }: { readonly language: Language; readonly fingerprint: string | undefined },
): FindingsAnswer {
  if (since === null || moment < since) {
    const first = since === null ? 'nothing is kept yet' : `what is kept begins at ${isoTime(since)}`;
    throw new RequestError(404, 'not_kept', `of ${isoTime(moment)} no findings are known: ${first}`);
  }
  const findings = standing
    .filter(({ form }) => (fingerprint ?? form.finding.fingerprint) === form.finding.fingerprint)
    .map(({ episode, form }) => ({
      ...form.finding,
      firstSeenAt: isoTime(episode.startsAt),
      ...describeFinding(form.finding, language),
      // The sockets of then are gone.
      command: null,
      past: {
        seenAt: isoTime(form.at),
        lastSeenAt: isoTime(episode.seenAt),
        endsAt: episode.endsAt === null ? null : isoTime(episode.endsAt),
      },
    }))
    .sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || b.count - a.count);
  return {
    at: isoTime(moment),
    stale: false,
    observationAgeSeconds: (now - moment) / 1000,
    findings,
    undecided: [],
  };
}

const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString();
