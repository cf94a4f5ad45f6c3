import { expect, test } from 'vitest';
import { LANGUAGES } from '../../server/model/alert.ts';
import { reportOf } from '../../server/terminal/report.ts';
import { displayWidth } from '../../server/terminal/width.ts';
import { finding } from '../given.ts';
import { busyLook } from './given.ts';

test.each(LANGUAGES)(
  'a report in %s is, at eighty columns and without colour, as in the golden file',
  async (language) => {
    const report = reportOf(busyLook(language), { language, width: 80, coloured: false });
    await expect(report).toMatchFileSnapshot(`../golden/doctor.${language.toLowerCase()}.txt`);
  },
);

test.each(LANGUAGES)(
  'no line in %s is wider than the terminal, but for commands, which are there to be copied',
  (language) => {
    for (const width of [40, 57, 80, 100]) {
      const lines = reportOf(busyLook(language), { language, width, coloured: false }).split('\n');
      for (const line of lines)
        if (!line.includes('ss -')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  },
);

test('colours change nothing but colours', () => {
  const plain = reportOf(busyLook('en'), { language: 'en', width: 80, coloured: false });
  const coloured = reportOf(busyLook('en'), { language: 'en', width: 80, coloured: true });
  expect(coloured).not.toBe(plain);
  expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(plain);
});

test('a name that would move the cursor does not', () => {
  const look = busyLook('en');
  const hostile = { ...look.answer.findings[0]!, title: '\u001b[2Jgone\r\n\u202e' };
  const report = reportOf(
    { ...look, host: 'a\u009b1m', answer: { ...look.answer, findings: [hostile] } },
    { language: 'en', width: 80, coloured: false },
  );
  expect(report).toContain('gone');
  expect(report.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

test('what follows from a finding that is not listed stands for itself', () => {
  const look = busyLook('en');
  const orphan = { ...look.answer.findings[2]!, causedBy: finding('elsewhere').fingerprint };
  const report = reportOf(
    { ...look, answer: { ...look.answer, findings: [orphan] } },
    { language: 'en', width: 80, coloured: false },
  );
  expect(report).toContain('1 warning');
  expect(report).toContain('What to do');
});

test('a connection that is silent as nearly every one is gets no line, and a young CLOSE_WAIT has one', () => {
  const look = busyLook('en');
  const young = look.answer.considered!.find(({ reason }) => reason === 'too_young')!;
  const report = (detector: 'half_open' | 'close_wait_leak', value: number) => {
    const considered = [{ ...young, detector, value, threshold: 7200 }];
    const page = { language: 'en', width: 80, coloured: false } as const;
    return reportOf({ ...look, answer: { ...look.answer, considered } }, page);
  };
  expect(report('half_open', 800)).toContain('To keep an eye on');
  expect(report('half_open', 80)).not.toContain('To keep an eye on');
  expect(report('close_wait_leak', 1)).toContain('To keep an eye on');
});
