import { consideredZhCn } from '../server/model/texts/considered.zh-cn.ts';
import { findingsZhCn } from '../server/model/texts/findings.zh-cn.ts';
import { pageZhCn } from '../server/model/texts/page.zh-cn.ts';
import { statesZhCn } from '../server/model/texts/states.zh-cn.ts';
import type { Words } from './words.ts';

export const words: Words = {
  language: 'zh-CN',
  page: pageZhCn,
  states: statesZhCn,
  findings: findingsZhCn,
  considered: consideredZhCn,
};
