import type { TSchema } from 'typebox';

/** The part of JSON Schema that model/options.ts is written in. */
interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly not?: object;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/**
 * A copy of a value with `leaf` applied to all that the schema knows below mappings and lists, also where the value has
 * nothing there and the key is required. A key with nothing behind it (null) counts as not given; unknown keys stay.
 */
export function mapSchema(
  schema: TSchema,
  value: unknown,
  leaf: (node: SchemaNode, value: unknown) => unknown,
): unknown {
  return walk(schema as SchemaNode, value ?? undefined, leaf);
}

function walk(
  node: SchemaNode,
  value: unknown,
  leaf: (node: SchemaNode, value: unknown) => unknown,
): unknown {
  if (node.properties && (value === undefined || isMapping(value))) {
    const entries = Object.entries(node.properties).map(([key, child]) => {
      const given = value?.[key] ?? undefined;
      const absent = given === undefined && !node.required?.includes(key);
      return [key, absent ? undefined : walk(child, given, leaf)] as const;
    });
    const known = Object.fromEntries(entries.filter(([, mapped]) => mapped !== undefined));
    const unknown = Object.entries(value ?? {}).filter(([key]) => !Object.hasOwn(node.properties ?? {}, key));
    return { ...Object.fromEntries(unknown), ...known };
  }
  const mapped = leaf(node, value);
  const { items } = node;
  return items && Array.isArray(mapped)
    ? mapped.map((item: unknown) => walk(items, item ?? undefined, leaf))
    : mapped;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema of what stands behind some keys, or undefined where it knows no such key. */
export function schemaAt(schema: TSchema, keys: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema as SchemaNode;
  for (const key of keys) {
    const properties: SchemaNode['properties'] = node?.properties;
    if (node?.items) node = node.items;
    else if (properties) node = Object.hasOwn(properties, key) ? properties[key] : undefined;
    else node = Object.values(node?.patternProperties ?? {})[0];
  }
  return node;
}

/** What a schema takes, in words. */
export function expectedOf(node: SchemaNode | undefined): string {
  if (!node) return 'nothing';
  if (node.anyOf?.some((choice) => choice.const === undefined))
    return node.anyOf.map(expectedOf).join(' or ');
  const choices = node.enum ?? node.anyOf?.map((choice) => choice.const);
  if (choices) return `one of ${choices.join(', ')}`;
  if (node.format === 'duration') {
    return `a duration such as 30s, 5m or 1h30m, ${node.not ? 'longer than 0s and ' : ''}at most 3w`;
  }
  if (node.format === 'time-zone') return 'a time zone such as Asia/Shanghai or UTC';
  if (node.format === 'http-url') return 'an http:// or https:// URL without user name and password';
  switch (node.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${bounds(node)}`;
    case 'number':
      return `a number${bounds(node)}`;
    case 'array':
      return node.minItems ? 'a list that is not empty' : 'a list';
    case 'object':
      return 'a mapping of keys to values';
    default:
      return node.description ? `text (${node.description})` : 'text';
  }
}

function bounds({ minimum, maximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : ` of at least ${minimum}`;
}
