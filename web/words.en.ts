import { findingsEn } from '../server/model/texts/findings.en.ts';
import { pageEn } from '../server/model/texts/page.en.ts';
import type { Words } from './words.ts';

export const words: Words = {
  language: 'en',
  page: pageEn,
  findings: findingsEn,
};
