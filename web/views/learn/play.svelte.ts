import type { StoryName } from '../../../server/model/learn.ts';
import { act, type Action, type Step } from './machine/machine.ts';
import { newNet, type Net } from './machine/net.ts';
import { beginning, nextStep, STORIES } from './machine/stories.ts';

/** What is being played: where it began, and each step since. */
export class Play {
  #story = $state<StoryName | null>(null);
  #start = $state.raw<Net>(newNet());
  #steps = $state.raw<readonly Step[]>([]);
  /** Steps that are the story's own; later ones are the reader's. */
  #told = $state(0);

  readonly net = $derived(this.#steps.at(-1)?.net ?? this.#start);
  readonly length = $derived(this.#story ? STORIES[this.#story].presses.length : 0);
  readonly #next = $derived(
    this.#story && this.#told === this.#steps.length ? nextStep(this.#story, this.net, this.#told) : null,
  );

  constructor(story: StoryName | null) {
    this.begin(story);
  }

  get story(): StoryName | null {
    return this.#story;
  }

  get start(): Net {
    return this.#start;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get hasNext(): boolean {
    return this.#next !== null;
  }

  /** The reader has gone another way than the story. */
  get hasLeft(): boolean {
    return this.#story !== null && this.#told < this.#steps.length && this.#told < this.length;
  }

  begin(story: StoryName | null): void {
    this.#story = story;
    this.#start = story ? beginning(story) : newNet();
    this.#steps = [];
    this.#told = 0;
  }

  next(): void {
    if (!this.#next) return;
    this.#steps = [...this.#steps, this.#next];
    this.#told += 1;
  }

  back(): void {
    this.#steps = this.#steps.slice(0, -1);
    this.#told = Math.min(this.#told, this.#steps.length);
  }

  do(action: Action): void {
    const step = act(this.net, action);
    if (step) this.#steps = [...this.#steps, step];
  }
}
