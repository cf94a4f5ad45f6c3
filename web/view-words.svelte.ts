import type { Language } from '../server/model/alert.ts';
import { language } from './language.svelte.ts';

/**
 * The words of one part of the page, in a file for each language, loaded with that part and when the language changes. Words of
 * all parts change together: the page is never half in one language.
 */
export class ViewWords<Texts> {
  readonly #load: Readonly<Record<Language, () => Promise<Texts>>>;
  #texts = $state.raw<Texts | null>(null);

  constructor(load: Readonly<Record<Language, () => Promise<Texts>>>) {
    this.#load = load;
    language.join(this);
  }

  /** Gets the words; what is returned puts them in force. */
  async prepare(wanted: Language): Promise<() => void> {
    const texts = await this.#load[wanted]();
    return () => (this.#texts = texts);
  }

  get texts(): Texts {
    if (this.#texts === null) throw new Error('words are asked for before language.load() has ended');
    return this.#texts;
  }
}
