import type { Language } from '../alert.ts';
import { en } from './commands.en.ts';
import { zhCN } from './commands.zh-cn.ts';

/** What `halfclose silence` and `halfclose receivers` print. Names, times and sentences of others are put in as they are. */
export interface CommandTexts {
  readonly noSilences: string;
  readonly silenceAdded: (id: string, until: string) => string;
  readonly silenceEnded: (id: string) => string;
  readonly silence: {
    readonly from: string;
    readonly until: string;
    readonly ended: string;
    readonly by: string;
  };
  readonly noReceivers: string;
  readonly neverTold: string;
  readonly outcome: {
    readonly delivered: string;
    readonly retry: string;
    readonly refused: string;
    readonly gave_up: string;
  };
  readonly lastDelivered: string;
  readonly waiting: (groups: number) => string;
  /** Of a test, which is not tried again. */
  readonly tested: { readonly delivered: string; readonly retry: string; readonly refused: string };
  readonly took: (seconds: string) => string;
  readonly sent: string;
  readonly answered: string;
  readonly noAnswer: string;
}

export const COMMAND_TEXTS: Readonly<Record<Language, CommandTexts>> = { en, 'zh-CN': zhCN };
