import { consideredEn } from '../server/model/texts/considered.en.ts';
import { findingsEn } from '../server/model/texts/findings.en.ts';
import { pageEn } from '../server/model/texts/page.en.ts';
import { statesEn } from '../server/model/texts/states.en.ts';
import type { Words } from './words.ts';

export const words: Words = {
  language: 'en',
  page: pageEn,
  states: statesEn,
  findings: findingsEn,
  considered: consideredEn,
};
