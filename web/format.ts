import type { Language } from '../server/model/alert.ts';

/** Numbers and times as people of a language read them. The same input always has the same width class: no jumping. */
export interface Format {
  /** `1,234`. */
  count(value: number): string;
  /** `0.4`, `12`, `1,200`: a rate a second, without its unit. */
  rate(perSecond: number): string;
  /** `81%`, from 0.81; `<1%` where it is not nothing; never 100 % unless all of it is used. */
  share(ratio: number): string;
  /** Two units at most: `45 s`, `3 min 20 s`, `2 h 5 min`, `4 d`. */
  duration(seconds: number): string;
  /** One unit: `45 s`, `3 min`; rounded down, as an age is. */
  age(seconds: number): string;
  /** Wall-clock time of day: `14:03:09`. */
  time(date: number | string): string;
  /** A list in prose: `a, b and c`. */
  list(items: readonly string[]): string;
}

const UNITS = {
  en: { d: 'd', h: 'h', min: 'min', s: 's' },
  'zh-CN': { d: '天', h: '小时', min: '分钟', s: '秒' },
} as const satisfies Record<Language, Record<Unit, string>>;

type Unit = 'd' | 'h' | 'min' | 's';
const SECONDS: readonly (readonly [Unit, number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

export function formatFor(language: Language): Format {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
  const conjunction = new Intl.ListFormat(language, { type: 'conjunction' });
  const units = UNITS[language];

  /** `parts` units from the largest that is not zero; zeros at the end are left out. */
  function spell(seconds: number, parts: number): string {
    let rest = Math.max(0, Math.floor(seconds));
    const start = SECONDS.findIndex(([, size]) => rest >= size);
    if (start < 0) return `0 ${units.s}`;
    const words: string[] = [];
    for (const [unit, size] of SECONDS.slice(start, start + parts)) {
      const amount = Math.floor(rest / size);
      rest -= amount * size;
      if (amount > 0) words.push(`${whole.format(amount)} ${units[unit]}`);
    }
    return words.join(' ');
  }

  return {
    count: (value) => whole.format(value),
    rate: (perSecond) => {
      if (perSecond > 0 && perSecond < 0.05) return `<${tenths.format(0.1)}`;
      return perSecond < 9.95 ? tenths.format(perSecond) : whole.format(perSecond);
    },
    share: (ratio) => {
      if (ratio > 0 && ratio < 0.005) return `<${percent.format(0.01)}`;
      return percent.format(ratio < 1 ? Math.min(ratio, 0.99) : ratio);
    },
    duration: (seconds) => spell(seconds, 2),
    age: (seconds) => spell(seconds, 1),
    time: (date) => clock.format(new Date(date)),
    // Intl joins Chinese with 和 and no space, which reads badly between Latin names.
    list: (items) => (language === 'zh-CN' ? items.join('、') : conjunction.format(items)),
  };
}
