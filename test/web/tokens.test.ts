import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const CSS = readFileSync(new URL('../../web/tokens.css', import.meta.url), 'utf8');
const PHASES = ['opening', 'open', 'active', 'passive', 'closed'] as const;
const SURFACES = ['page', 'surface', 'sunken'] as const;

type Rgb = readonly [number, number, number];

/** Both forms of a colour of tokens.css, linear light from 0 to 1. */
function token(name: string, theme: 'light' | 'dark'): Rgb {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(CSS);
  if (!found) throw new Error(`tokens.css has no colour --${name}`);
  const hex = theme === 'light' ? found[1]! : found[2]!;
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}

/** WCAG 2.2, relative luminance and contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** How linear light looks to eyes without one kind of cone. Source: Viénot, Brettel and Mollon, 1999. */
const BLIND = {
  protanopia: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deuteranopia: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
} as const;

function seenBy(matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb {
  const [x = 0, y = 0, z = 0] = matrix.map(([m, n, o]) => m * r + n * g + o * b);
  return [x, y, z];
}

/** Distance in Oklab, times 100: from about 2 on two colours side by side differ. Source: https://bottosson.github.io/posts/oklab/ */
function difference(a: Rgb, b: Rgb): number {
  const [p, q] = [oklab(a), oklab(b)];
  return 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each(['ink', 'ink-2', 'ink-3', 'warning', 'critical', ...PHASES])(
    'text in --%s can be read on every surface',
    (name) => {
      for (const surface of SURFACES) {
        expect(contrast(token(name, theme), token(surface, theme)), surface).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  test('what severity says can be read on its own wash, and on its own colour', () => {
    for (const severity of ['warning', 'critical', 'info']) {
      expect(contrast(token(severity, theme), token(`${severity}-wash`, theme))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(token('on-severity', theme), token(severity, theme))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each(Object.entries(BLIND))(
    'a warning, something critical and every phase stay apart for eyes with %s',
    (_name, matrix) => {
      const names = ['warning', 'critical', ...PHASES];
      const seen = names.map((name) => seenBy(matrix, token(name, theme)));
      const close: string[] = [];
      for (const [i, a] of seen.entries()) {
        for (const [j, b] of seen.entries()) {
          if (i < j && difference(a, b) < 4)
            close.push(`${names[i]} ~ ${names[j]}: ${difference(a, b).toFixed(1)}`);
        }
      }
      expect(close).toEqual([]);
    },
  );
});
