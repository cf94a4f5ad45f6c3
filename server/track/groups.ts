import { MAX_GROUPS, type GroupsAnswer } from '../model/api.ts';
import type { GroupsQuery } from '../model/ipc.ts';
import type { View } from '../model/snapshot.ts';
import { KERNEL_STATE_SLOTS, stateOfKernel, zeroByState } from '../model/state.ts';
import { groupKey } from './group-keys.ts';
import { matching } from './predicate.ts';
import { numbersTo } from './rows.ts';
import { selectFirst } from './select.ts';
import { WordIndex } from './words.ts';

/**
 * The largest groups of the rows that match, over all views, by the keys asked for. `at`: the pass's wall clock,
 * milliseconds since 1970.
 */
export function queryGroups(views: readonly View[], query: GroupsQuery, at: number): GroupsAnswer {
  const most = Math.min(Math.max(0, query.limit), MAX_GROUPS);
  const each = views.map((view) => countGroups(view, query));
  const { sizes, oldest, byState, keyOf } = each.length === 1 ? each[0]! : together(each);
  const largest = selectFirst(numbersTo(sizes.length), most, (a, b) => sizes[b]! - sizes[a]! || a - b);
  return {
    at: new Date(at).toISOString(),
    total: sizes.length,
    groups: Array.from(largest, (group) => {
      const counts = zeroByState();
      for (let state = 1; state < KERNEL_STATE_SLOTS; state++) {
        const name = stateOfKernel(state);
        if (name !== undefined) counts[name] = byState[group * KERNEL_STATE_SLOTS + state]!;
      }
      return {
        key: keyOf(group),
        sockets: sizes[group]!,
        byState: counts,
        oldestAgeSeconds: oldest[group]!,
      };
    }),
  };
}

/** Groups by number. */
interface Groups {
  readonly sizes: number[];
  readonly oldest: number[];
  /** [group * KERNEL_STATE_SLOTS + state] */
  readonly byState: Uint32Array;
  keyOf(group: number): Record<string, string>;
}

function countGroups(view: View, { by, filter }: GroupsQuery): Groups {
  const { table, ageSeconds } = view.sockets;
  const keys = by.map((key) => groupKey(key, view));
  const index = new WordIndex(keys.reduce((width, key) => width + key.width, 0));
  const first: number[] = [];
  const oldest: number[] = [];
  let byState = new Uint32Array(64 * KERNEL_STATE_SLOTS);
  const sizes: number[] = [];
  for (const row of matching(view, filter)) {
    let word = 0;
    for (const key of keys) {
      key.write(row, index.key, word);
      word += key.width;
    }
    const group = index.numberOfKey();
    if (group === first.length) {
      first.push(row);
      oldest.push(0);
      sizes.push(0);
      if (index.count * KERNEL_STATE_SLOTS > byState.length) {
        const grown = new Uint32Array(byState.length * 2);
        grown.set(byState);
        byState = grown;
      }
    }
    sizes[group]!++;
    byState[group * KERNEL_STATE_SLOTS + table.state[row]!]!++;
    oldest[group] = Math.max(oldest[group]!, ageSeconds[row]!);
  }
  return {
    sizes,
    oldest,
    byState,
    keyOf: (group) => Object.fromEntries(keys.map((key) => [key.name, key.text(first[group]!)])),
  };
}

/** Numbers mean the same within one view only: groups of several are put together by the texts of their keys. */
function together(each: readonly Groups[]): Groups {
  const numberOf = new Map<string, number>();
  const keys: Record<string, string>[] = [];
  const sizes: number[] = [];
  const oldest: number[] = [];
  const byState = new Uint32Array(
    each.reduce((sum, { sizes }) => sum + sizes.length, 0) * KERNEL_STATE_SLOTS,
  );
  for (const groups of each) {
    for (const [from, size] of groups.sizes.entries()) {
      const key = groups.keyOf(from);
      const text = JSON.stringify(key);
      let to = numberOf.get(text);
      if (to === undefined) {
        to = keys.push(key) - 1;
        numberOf.set(text, to);
        sizes.push(0);
        oldest.push(0);
      }
      sizes[to]! += size;
      oldest[to] = Math.max(oldest[to]!, groups.oldest[from]!);
      for (let state = 0; state < KERNEL_STATE_SLOTS; state++) {
        byState[to * KERNEL_STATE_SLOTS + state]! += groups.byState[from * KERNEL_STATE_SLOTS + state]!;
      }
    }
  }
  return { sizes, oldest, byState, keyOf: (group) => keys[group]! };
}
