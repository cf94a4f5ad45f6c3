import type { PastState } from '../model/snapshot.ts';
import { KERNEL_STATE } from '../model/state.ts';
import type { Connections } from './connections.ts';

/** Of each of the two kinds so many are remembered, the newest: 17 bytes each. */
const MAX_REMEMBERED = 65_536;

/**
 * The states that connections were in before their present one. Those of connections in TIME_WAIT, which are gone within a
 * minute and mostly many, are kept apart, so that they do not push out those of connections that are stuck.
 */
export class PastStates {
  private readonly ending = new Ring();
  private readonly lasting = new Ring();

  /** A connection is about to leave the state that its entry says for another. */
  add({ id, state, since, sinceExact }: Connections, entry: number, next: number): void {
    const ring = next === KERNEL_STATE.TIME_WAIT ? this.ending : this.lasting;
    ring.add(id[entry]!, state[entry]!, since[entry]!, sinceExact[entry]!);
  }

  /** The first one first. Looks through all: it is for one socket that somebody asks about. */
  of(id: number): PastState[] {
    return [...this.lasting.of(id), ...this.ending.of(id)].sort((a, b) => a.sinceSeconds - b.sinceSeconds);
  }
}

class Ring {
  private id = new Float64Array(64);
  private state = new Uint8Array(64);
  private since = new Float64Array(64);
  private exact = new Uint8Array(64);
  private count = 0;
  private next = 0;

  add(id: number, state: number, since: number, exact: number): void {
    if (this.next === this.id.length) {
      if (this.next < MAX_REMEMBERED) this.grow();
      else this.next = 0;
    }
    this.id[this.next] = id;
    this.state[this.next] = state;
    this.since[this.next] = since;
    this.exact[this.next] = exact;
    this.next++;
    this.count = Math.max(this.count, this.next);
  }

  *of(id: number): Generator<PastState> {
    for (let at = 0; at < this.count; at++) {
      if (this.id[at] !== id) continue;
      yield { state: this.state[at]!, sinceSeconds: this.since[at]!, exact: this.exact[at] === 1 };
    }
  }

  private grow(): void {
    const capacity = this.id.length * 4;
    const { id, state, since, exact } = this;
    (this.id = new Float64Array(capacity)).set(id);
    (this.state = new Uint8Array(capacity)).set(state);
    (this.since = new Float64Array(capacity)).set(since);
    (this.exact = new Uint8Array(capacity)).set(exact);
  }
}
