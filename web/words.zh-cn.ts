import { findingsZhCn } from '../server/model/texts/findings.zh-cn.ts';
import { pageZhCn } from '../server/model/texts/page.zh-cn.ts';
import type { Words } from './words.ts';

export const words: Words = {
  language: 'zh-CN',
  page: pageZhCn,
  findings: findingsZhCn,
};
