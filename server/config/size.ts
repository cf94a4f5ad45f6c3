/** Sizes as people and Prometheus write them: `512MB`, `1GB`, in powers of 1024. */

const BYTES = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 } as const;

/** Bytes, or undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})(B|KB|MB|GB|TB)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * BYTES[unit as keyof typeof BYTES];
}
