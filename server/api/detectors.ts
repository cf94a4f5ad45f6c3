import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DetectorsAnswerSchema, type DetectorSetting } from '../model/detector-api.ts';
import { parseDuration } from '../model/duration.ts';
import { DETECTOR_NAMES } from '../model/finding.ts';
import { DetectorsSchema, type DetectorOptions } from '../model/options.ts';
import { errorResponses } from './errors.ts';
import type { ApiParts } from './parts.ts';

/** What the detectors go by at present, beside their defaults; all from the schema of the configuration file. */
export const detectorRoutes: FastifyPluginAsyncTypebox<ApiParts> = async (fastify, { detectors }) => {
  const answer = { detectors: DETECTOR_NAMES.map((name) => settingsOf(name, detectors)) };

  fastify.get(
    '/detectors',
    {
      schema: {
        operationId: 'getDetectors',
        summary: 'Detectors with their thresholds, as set and by default',
        response: { 200: { description: 'All of them', ...DetectorsAnswerSchema }, ...errorResponses },
      },
    },
    async () => answer,
  );
};

interface SettingNode {
  readonly type: string;
  readonly format?: string;
  readonly default?: number | string;
  readonly description?: string;
}

function settingsOf<N extends keyof DetectorOptions>(name: N, options: DetectorOptions) {
  const { enabled, severity } = options[name];
  const nodes = DetectorsSchema.properties[name].properties as unknown as Record<string, SettingNode>;
  const values = options[name] as unknown as Record<string, number>;
  const settings = Object.entries(nodes).flatMap(([key, node]): DetectorSetting[] => {
    const measure = measureOf(node);
    if (measure === null) return [];
    const value = values[key];
    const fallback = measure === 'seconds' ? parseDuration(String(node.default)) : Number(node.default);
    if (value === undefined || fallback === undefined) return [];
    return [{ key, measure, value, default: fallback, reason: node.description ?? '' }];
  });
  return { name, enabled, severity: severity ?? null, settings };
}

/** Durations are text in the file, and ratios its only numbers that are not whole. */
function measureOf({ type, format }: SettingNode): DetectorSetting['measure'] | null {
  if (format === 'duration') return 'seconds';
  if (type === 'integer') return 'count';
  return type === 'number' ? 'ratio' : null;
}
