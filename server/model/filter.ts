import type { AddressWords } from './address.ts';
import type { State } from './state.ts';

/**
 * The filter language of `ss`, extended; see `parseFilter` in filter-parser.ts. A filter is plain data: it is parsed where
 * it was written, so that a mistake is shown there, and evaluated where the rows are.
 */
export type Filter =
  | { readonly op: 'all' }
  | { readonly op: 'and' | 'or'; readonly terms: readonly Filter[] }
  | { readonly op: 'not'; readonly term: Filter }
  | { readonly op: 'state'; readonly states: readonly State[] }
  | {
      readonly op: 'address';
      readonly side: Side;
      readonly prefix: Prefix | null;
      readonly port: number | null;
    }
  | { readonly op: 'compare'; readonly field: NumberField; readonly by: Comparison; readonly value: number }
  | { readonly op: 'name'; readonly field: NameField; readonly equal: boolean; readonly name: string };

export type Side = 'src' | 'dst';

export interface Prefix {
  readonly words: AddressWords;
  /** Leading bits that count, of 128; an IPv4 prefix of n bits is 96 + n. */
  readonly bits: number;
}

/** `age` is in seconds, `recvq` and `sendq` in bytes. */
export const NUMBER_FIELDS = ['sport', 'dport', 'pid', 'uid', 'inode', 'age', 'recvq', 'sendq'] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];

/** `process`, `unit` and `container` are those of any process that holds the socket. */
export const NAME_FIELDS = ['process', 'unit', 'container', 'netns'] as const;
export type NameField = (typeof NAME_FIELDS)[number];

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A mistake in a filter: where it is, in UTF-16 units from 0, and what could stand there. */
export class FilterError extends Error {
  readonly position: number;
  readonly expected: string;

  constructor(message: string, position: number, expected: string) {
    super(message);
    this.name = 'FilterError';
    this.position = position;
    this.expected = expected;
  }
}
