import type { Language } from '../model/alert.ts';
import { FINDING_TEXTS } from '../model/texts/describe.ts';
import { EVIDENCE_PAGE_TEXTS } from '../model/texts/evidence-page.ts';
import type { EvidencePageTexts } from '../model/texts/evidence-page.en.ts';
import type { FindingTexts, Format } from '../model/texts/findings.ts';
import { pageEn, type PageTexts } from '../model/texts/page.en.ts';
import { pageZhCn } from '../model/texts/page.zh-cn.ts';
import { TERMINAL_TEXTS } from '../model/texts/terminal-texts.ts';
import type { TerminalTexts } from '../model/texts/terminal.ts';

const PAGE_TEXTS: Readonly<Record<Language, PageTexts>> = { en: pageEn, 'zh-CN': pageZhCn };

/** All that the evidence page says, in one language: the words of the dashboard and of the terminal, and its own. */
export interface Words {
  readonly language: Language;
  readonly own: EvidencePageTexts;
  readonly page: PageTexts;
  readonly terminal: TerminalTexts;
  readonly findings: FindingTexts;
  readonly format: Format;
  /** A short time: below a second in milliseconds. */
  readonly seconds: (seconds: number) => string;
  /** Day, time and time zone of an ISO 8601 time, as it is written where the server is. */
  readonly time: (iso: string) => string;
  readonly list: (items: readonly string[]) => string;
}

/** `timeZone`: that of this host, where it is not given. */
export function wordsOf(language: Language, timeZone?: string): Words {
  const findings = FINDING_TEXTS[language];
  const page = PAGE_TEXTS[language];
  const { format } = findings;
  const clock = new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'long',
    hourCycle: 'h23',
    ...(timeZone !== undefined && { timeZone }),
  });
  return {
    language,
    own: EVIDENCE_PAGE_TEXTS[language],
    page,
    terminal: TERMINAL_TEXTS[language],
    findings,
    format,
    seconds: (seconds) =>
      seconds < 1 ? page.findings.milliseconds(format.number(seconds * 1000)) : format.duration(seconds),
    time: (iso) => clock.format(new Date(iso)),
    list: (items) => items.join(language === 'zh-CN' ? '、' : ', '),
  };
}
