import type { CAUSES, DetectorName } from '../../finding.ts';
import type { TopicIn, TopicKind } from '../../learn.ts';
import type { StateTexts } from '../states.en.ts';
import type { State } from '../../state.ts';

/**
 * The words of one topic, to be read in half a minute. In all of them `[[topic]]` and `[[topic|words]]` lead to another topic,
 * and what stands between backticks is code.
 */
export interface TopicText {
  readonly name: string;
  /** Other words for it, which the search finds. */
  readonly also?: string;
  readonly summary: string;
  readonly is: readonly string[];
  readonly linux?: readonly string[];
  readonly look?: readonly string[];
  readonly act?: readonly string[];
  /** What is said of it, and what is true. */
  readonly myths?: readonly (readonly [said: string, truth: string])[];
  /** What each command of the topic shows. */
  readonly shows?: readonly string[];
}

export type TopicTexts<K extends TopicKind> = Readonly<Record<TopicIn<K>, TopicText>>;

/** Of a detector also each of its causes. */
export type DetectorTopicTexts = {
  readonly [D in DetectorName]: TopicText & {
    readonly causes: Readonly<Record<(typeof CAUSES)[D][number], string>>;
  };
};

/** What is said of a state everywhere, and what is only said here. */
export function stateTopic(
  state: State,
  states: StateTexts,
  more: Omit<TopicText, 'name' | 'summary' | 'is'> & { readonly is?: readonly string[] },
): TopicText {
  const { role, meaning } = states[state];
  return { ...more, name: state, summary: role, is: [meaning, ...(more.is ?? [])] };
}
