import type { Language } from '../server/model/alert.ts';
import type { Finding } from '../server/model/finding.ts';
import { describeIn } from '../server/model/texts/describe-in.ts';
import type { Description } from '../server/model/texts/findings.ts';
import { formatFor } from './format.ts';
import { remember, remembered } from './memory.ts';
import { place } from './place.svelte.ts';
import { LOAD_WORDS, type Words } from './words.ts';

function preferred(): Language {
  const kept = remembered('language');
  if (kept === 'en' || kept === 'zh-CN') return kept;
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

interface Part {
  prepare(language: Language): Promise<() => void>;
}

/** The language of the page: the link's, else the one chosen before, else the browser's. */
class LanguageChoice {
  #preferred = $state<Language>(preferred());
  readonly #wanted = $derived<Language>(place.current.language ?? this.#preferred);
  #loaded = $state.raw<Words | null>(null);
  readonly #parts: Part[] = [];
  readonly #words = $derived.by(() => {
    if (this.#loaded === null) throw new Error('words are asked for before load() has ended');
    return this.#loaded;
  });
  readonly current = $derived(this.#words.language);
  readonly texts = $derived(this.#words.page);
  readonly findings = $derived(this.#words.findings);
  readonly format = $derived(formatFor(this.current));

  choose(language: Language): void {
    this.#preferred = language;
    remember('language', language);
    place.adjust({ language });
  }

  /** Gets the words of the language that is wanted; until they are there the page speaks the one before. */
  async load(): Promise<void> {
    const wanted = this.#wanted;
    const [words, ...others] = await Promise.all([
      LOAD_WORDS[wanted](),
      ...this.#parts.map((part) => part.prepare(wanted)),
    ]);
    if (wanted !== this.#wanted) return this.load();
    this.#loaded = words;
    for (const enforce of others) enforce();
  }

  /** A part with words of its own; they are there after the next load(). */
  join(part: Part): void {
    this.#parts.push(part);
  }

  describe(finding: Finding): Description {
    return describeIn(this.findings, finding);
  }
}

export const language = new LanguageChoice();
