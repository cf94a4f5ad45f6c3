import { Type, type Static } from 'typebox';
import { DETECTOR_NAMES, SeveritySchema } from './finding.ts';
import { Nullable } from './schema.ts';

/** What a setting counts; durations are in seconds. */
const MEASURES = ['seconds', 'count', 'ratio'] as const;

const DetectorSettingSchema = Type.Object({
  key: Type.String({ description: 'As in the configuration file, under detectors and the name' }),
  measure: Type.Enum(MEASURES),
  value: Type.Number({ description: 'As set at present' }),
  default: Type.Number(),
  reason: Type.String({ description: 'What it decides, and why the default is what it is' }),
});
export type DetectorSetting = Static<typeof DetectorSettingSchema>;

const DetectorSchema = Type.Object({
  name: Type.Enum(DETECTOR_NAMES),
  enabled: Type.Boolean(),
  severity: Nullable(SeveritySchema, {
    description: 'Said in place of what it judges; null: it judges itself',
  }),
  settings: Type.Array(DetectorSettingSchema),
});
export type DetectorSettings = Static<typeof DetectorSchema>;

export const DetectorsAnswerSchema = Type.Object({ detectors: Type.Array(DetectorSchema) });
export type DetectorsAnswer = Static<typeof DetectorsAnswerSchema>;
