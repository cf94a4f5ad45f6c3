import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** The files of server/ that know the rooms. */
const WIRING = [
  'main.ts',
  'app.ts',
  'hub.ts',
  'supervisor.ts',
  'serve.ts',
  'doctor.ts',
  'check.ts',
  'observer.ts',
  'own-namespace.ts',
  'other-namespaces.ts',
  'namespace-watch.ts',
];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Why `file` may not import `specifier`, or null where it may. Rooms import model/ and themselves; model/ only itself and
 * typebox and re2js; web/ of the server only model/; only the wiring knows the rooms.
 */
function violation(file: string, specifier: string): string | null {
  const [area, ...inArea] = file.split('/');
  const relative = specifier.startsWith('.');
  const target = relative ? posix.join(posix.dirname(file), specifier) : specifier;
  if (area === 'web') {
    return target.startsWith('server/') && !target.startsWith('server/model/')
      ? 'web/ may import only server/model/ from the server'
      : null;
  }
  const room = inArea.length > 1 ? inArea[0] : null;
  if (relative && !target.startsWith('server/')) return 'server/ may not reach outside itself';
  if (room === 'model') {
    return target.startsWith('server/model/') || /^(typebox|re2js)(\/|$)/.test(target)
      ? null
      : 'model/ may import only itself, typebox and re2js';
  }
  if (!relative || target.startsWith('server/model/')) return null;
  if (room === null) {
    const toRoom = target.split('/').length > 2;
    return toRoom && !WIRING.includes(inArea[0] ?? '') ? `only ${WIRING.join(', ')} know the rooms` : null;
  }
  return target.startsWith(`server/${room}/`)
    ? null
    : `a room may import only model/ and itself, not ${target}`;
}

/** Every module named by an import, an export from, an import() or a require(), also in a component's scripts. */
function importsOf(path: string, text: string): string[] {
  const scripts = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map((match) => match[1] ?? '').join('\n')
    : text;
  return ts.preProcessFile(scripts, true, true).importedFiles.map((file) => file.fileName);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => posix.join(entry.parentPath, entry.name).slice(ROOT.length));
}

describe('the import rule', () => {
  const sources = [...sourceFiles('server'), ...sourceFiles('web')].map((file) => ({
    file,
    imports: importsOf(file, readFileSync(join(ROOT, file), 'utf8')),
  }));

  test('every source file keeps it', () => {
    const violations = sources.flatMap(({ file, imports }) =>
      imports.flatMap((specifier) => {
        const reason = violation(file, specifier);
        return reason ? [`${file} imports ${specifier}: ${reason}`] : [];
      }),
    );
    expect(violations).toEqual([]);
  });

  test('the scan sees the imports that are there', () => {
    const units = sources.find(({ file }) => file === 'server/model/units.ts');
    expect(units?.imports).toContain('./observation.ts');
    const main = sources.find(({ file }) => file === 'server/main.ts');
    expect(main?.imports).toContain('./serve.ts');
  });

  test.each([
    ['server/track/age.ts', '../collect/proc.ts'],
    ['server/alert/receivers/webhook.ts', '../../api/routes.ts'],
    ['server/detect/index.ts', '../hub.ts'],
    ['server/model/units.ts', '../track/age.ts'],
    ['server/model/units.ts', 'node:fs'],
    ['server/model/units.ts', 'fastify'],
    ['server/log.ts', './api/routes.ts'],
    ['server/track/age.ts', '../../web/format.ts'],
    ['web/format.ts', '../server/api/routes.ts'],
    ['web/views/Home.svelte', '../../server/hub.ts'],
  ])('%s may not import %s', (file, specifier) => {
    expect(violation(file, specifier)).not.toBeNull();
  });

  test.each([
    ['server/track/age.ts', '../model/state.ts'],
    ['server/alert/receivers/webhook.ts', '../lifecycle.ts'],
    ['server/track/age.ts', 'node:fs'],
    ['server/model/api.ts', 'typebox'],
    ['server/model/texts/describe.ts', '../finding.ts'],
    ['server/main.ts', './api/routes.ts'],
    ['server/guard.ts', './log.ts'],
    ['web/views/Home.svelte', '../../server/model/state.ts'],
    ['web/views/Home.svelte', '../format.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(violation(file, specifier)).toBeNull();
  });

  test.each([
    ['a.ts', "import type { A } from './one.ts';\nexport { b } from './two.ts';", ['./one.ts', './two.ts']],
    ['a.ts', "const a = await import('./lazy.ts'); // import './comment.ts'", ['./lazy.ts']],
    [
      'A.svelte',
      "<script lang=\"ts\">\nimport B from './B.svelte';\n</script>\n<p>import './text.ts'</p>",
      ['./B.svelte'],
    ],
  ])('the imports of a file are found, whatever their form (%#)', (path, text, expected) => {
    expect(importsOf(path, text)).toEqual(expected);
  });
});
