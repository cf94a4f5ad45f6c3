import { describe, expect, test } from 'vitest';
import type { FindingsAnswer, HistoryApiAnswer } from '../../../server/model/api.ts';
import type { LiveState } from '../../../server/model/live.ts';
import { stateLabel, STATES } from '../../../server/model/state.ts';
import { createSampler } from '../../../server/history/sample.ts';
import { pastState } from '../../../web/time/past-state.ts';
import { busy, UP } from '../../api/given.ts';
import { finding } from '../../given.ts';

const observed = busy({ findings: [finding()] });
const NOW: LiveState = {
  ...observed,
  status: UP,
  alerts: [],
  host: { name: 'box', version: '1', kernel: '6' },
};
const MOMENT = observed.at;

/** What the history answers of samples as they are recorded, the newest at that many milliseconds before the moment. */
function history(values: ReadonlyMap<string, number>, ageMs = 0, stepSeconds = 1): HistoryApiAnswer {
  return {
    from: '',
    to: '',
    stepSeconds,
    oldest: null,
    at: [MOMENT - ageMs - stepSeconds * 1000, MOMENT - ageMs],
    series: [...values].map(([name, value]) => {
      const column = [value + 1000, value];
      return { name, min: column, mean: column, max: column };
    }),
    truncated: false,
  };
}

const recorded = createSampler()(busy()).values;
const findings = {
  at: '',
  stale: false,
  observationAgeSeconds: 0,
  undecided: [],
  findings: [{ ...finding('then'), title: '', explanation: '', advice: '', command: null }],
} satisfies FindingsAnswer;

describe('the state at a past moment', () => {
  test('has the counts, rates, flows and findings that were recorded then', () => {
    const state = pastState(history(recorded), findings, NOW, MOMENT, 3000);
    expect(state).toMatchObject({
      at: MOMENT,
      sockets: observed.sockets,
      rates: observed.rates,
      sockstat: observed.sockstat,
      flows: observed.flows,
      findings: [{ fingerprint: finding('then').fingerprint }],
      host: NOW.host,
    });
    expect(state?.oldest.CLOSE_WAIT).toEqual({ seconds: 125, exact: false });
  });

  test('is empty where nothing is kept, and has nothing of now', () => {
    const state = pastState(history(recorded), findings, NOW, MOMENT, 3000);
    expect(NOW.processes).not.toEqual([]);
    expect(state).toMatchObject({
      processes: [],
      listeners: [],
      ports: [],
      considered: [],
      alerts: [],
      units: [],
    });
    expect(state?.limits.portRange).toBeNull();
  });

  test('is unknown where nobody was watching', () => {
    expect(pastState(history(recorded, 10_000), findings, NOW, MOMENT, 3000)).toBeNull();
    expect(pastState(history(new Map()), findings, NOW, MOMENT, 3000)).toBeNull();
    expect(pastState({ ...history(recorded), at: [] }, findings, NOW, MOMENT, 3000)).toBeNull();
  });

  test('is that of the step it is in where it is kept in long ones', () => {
    const counts = new Map(STATES.map((state) => [`tcp_sockets{state="${stateLabel(state)}"}`, 1.4]));
    const state = pastState(history(counts, 50_000, 60), findings, NOW, MOMENT, 3000);
    expect(state?.sockets).toMatchObject({ total: 11, byState: { LISTEN: 1 } });
    expect(state?.rates).toBeNull();
  });
});
