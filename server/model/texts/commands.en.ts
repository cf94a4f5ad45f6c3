import type { CommandTexts } from './commands.ts';

export const en: CommandTexts = {
  noSilences: 'There are no silences.',
  silenceAdded: (id, until) => `Silence ${id} holds until ${until}.`,
  silenceEnded: (id) => `Silence ${id} has ended.`,
  silence: { from: 'from', until: 'until', ended: 'ended', by: 'by' },
  noReceivers: 'No receiver is configured: nobody is told of alerts.',
  neverTold: 'nothing sent yet',
  outcome: {
    delivered: 'delivered',
    retry: 'failed, will be tried again',
    refused: 'refused',
    gave_up: 'given up',
  },
  lastDelivered: 'last delivered',
  waiting: (groups) => (groups === 1 ? '1 message waits' : `${groups} messages wait`),
  tested: { delivered: 'delivered', retry: 'failed, and may work later', refused: 'refused' },
  took: (seconds) => `after ${seconds} s`,
  sent: 'Sent:',
  answered: 'Answer:',
  noAnswer: 'There was no answer.',
};
