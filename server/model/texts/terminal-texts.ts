import type { Language } from '../alert.ts';
import { terminalEn } from './terminal.en.ts';
import type { TerminalTexts } from './terminal.ts';
import { terminalZhCn } from './terminal.zh-cn.ts';

export const TERMINAL_TEXTS: Readonly<Record<Language, TerminalTexts>> = {
  en: terminalEn,
  'zh-CN': terminalZhCn,
};
