import Fastify from 'fastify';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { api, VALIDATION } from '../../server/api/index.ts';
import { DetectorsAnswerSchema, type DetectorsAnswer } from '../../server/model/detector-api.ts';
import { DETECTOR_NAMES } from '../../server/model/finding.ts';
import { DETECTORS } from '../given.ts';
import { parts } from './given.ts';

async function detectorsOf(over: Partial<typeof DETECTORS> = {}): Promise<DetectorsAnswer> {
  const app = Fastify({ ajv: VALIDATION });
  await app.register(api, {
    prefix: '/api/v1',
    ...(await parts({ detectors: { ...DETECTORS, ...over } })),
  });
  return (await app.inject('/api/v1/detectors')).json<DetectorsAnswer>();
}

test('every detector is answered with all its thresholds, each with a default and its reason', async () => {
  const answer = await detectorsOf();
  expect(Value.Errors(DetectorsAnswerSchema, answer)).toEqual([]);
  expect(answer.detectors.map(({ name }) => name)).toEqual(DETECTOR_NAMES);
  for (const { name, settings } of answer.detectors) {
    const thresholds = Object.entries(DETECTORS[name]).filter(([, value]) => typeof value === 'number');
    expect(settings.map(({ key }) => key).sort()).toEqual(thresholds.map(([key]) => key).sort());
    for (const setting of settings) {
      expect(setting.value).toBe(setting.default);
      expect(setting.reason).not.toBe('');
    }
  }
});

test('what was set stands beside the default, each in its own measure', async () => {
  const close_wait_leak = { ...DETECTORS.close_wait_leak, minAge: 5, severity: 'critical' as const };
  const { detectors } = await detectorsOf({ close_wait_leak });
  const leak = detectors.find(({ name }) => name === 'close_wait_leak');
  expect(leak).toMatchObject({ enabled: true, severity: 'critical' });
  expect(leak?.settings.find(({ key }) => key === 'minAge')).toMatchObject({
    measure: 'seconds',
    value: 5,
    default: 60,
  });
  expect(leak?.settings.find(({ key }) => key === 'criticalRatio')).toMatchObject({ measure: 'ratio' });
  expect(leak?.settings.find(({ key }) => key === 'minCount')).toMatchObject({ measure: 'count' });
});
