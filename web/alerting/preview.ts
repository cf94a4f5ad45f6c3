import {
  matches,
  MatcherError,
  parseMatcher,
  type Labels,
  type Matcher,
} from '../../server/model/matcher.ts';
import { isBlank, matcherOf, type Condition } from './matchers.ts';

/**
 * What the server would make of conditions. A module of its own, loaded when a silence is written: it brings RE2 with it, the
 * server's own, since a pattern that JavaScript takes may mean something else there.
 */
export interface Preview {
  /** By condition: what was expected where it is wrong; null where it is right. */
  readonly mistakes: readonly (string | null)[];
  /** Whether an alert with these labels fits all of them; no alert does while one is wrong. */
  readonly fits: (labels: Labels) => boolean;
}

export function previewOf(conditions: readonly Condition[]): Preview {
  const matchers: Matcher[] = [];
  const mistakes = conditions.map((condition) => {
    if (isBlank(condition)) return null;
    try {
      matchers.push(parseMatcher(matcherOf(condition)));
      return null;
    } catch (err) {
      if (err instanceof MatcherError) return err.expected;
      throw err;
    }
  });
  const isRight = mistakes.every((mistake) => mistake === null) && matchers.length > 0;
  return { mistakes, fits: (labels) => isRight && matches(matchers, labels) };
}
