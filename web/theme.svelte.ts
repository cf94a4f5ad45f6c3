import { remember, remembered } from './memory.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** The chosen theme. public/theme.js applies it before the first paint; this applies every later choice. */
class ThemeChoice {
  readonly all = THEMES;
  #current = $state<Theme>(THEMES.find((theme) => theme === remembered('theme')) ?? 'system');
  #systemIsDark = $state(false);

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = system.matches;
    system.addEventListener('change', () => (this.#systemIsDark = system.matches));
  }

  get current(): Theme {
    return this.#current;
  }

  /** What is seen: canvases must be painted anew when it changes. */
  get isDark(): boolean {
    return this.#current === 'dark' || (this.#current === 'system' && this.#systemIsDark);
  }

  choose(theme: Theme): void {
    this.#current = theme;
    remember('theme', theme);
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}

export const theme = new ThemeChoice();
