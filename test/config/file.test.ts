import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../server/config/error.ts';
import { parseConfigFile, readConfigFile } from '../../server/config/file.ts';
import { parseDuration } from '../../server/model/duration.ts';
import { defaultsOf, FileSchema } from '../../server/model/options.ts';
import { RECEIVER_KINDS } from '../../server/model/receiver-options.ts';

const defaults = defaultsOf(FileSchema, (text) => parseDuration(text) ?? NaN);

function errorOf(text: string): string {
  try {
    parseConfigFile(text, 'h.yml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('expected an error');
}

describe('the configuration file', () => {
  it.each(['', '# nothing\n', '{}', 'detectors:\nreceivers:\nalerts:\n', '--- \n'])(
    'that says nothing leaves the defaults: %j',
    (text) => {
      expect(parseConfigFile(text, 'h.yml')).toEqual(defaults);
    },
  );

  it('has durations, which come out as seconds, beside the defaults of what it leaves out', () => {
    const config = parseConfigFile(
      `
detectors:
  close_wait_leak: { minAge: 1h30m, severity: critical }
  time_wait_buildup: { enabled: false, warnRatio: 1 }
receivers:
  - name: team
    webhook: { url: 'http://127.0.0.1:8080/hook', headers: { X-Team: a } }
  - { name: am, alertmanager: { urls: ['http://127.0.0.1:9093'], resend: 500ms } }
alerts: { repeat: 2h, language: zh-CN }
`,
      'h.yml',
    );
    expect(config.detectors).toEqual({
      ...defaults.detectors,
      close_wait_leak: { ...defaults.detectors.close_wait_leak, minAge: 5400, severity: 'critical' },
      time_wait_buildup: { ...defaults.detectors.time_wait_buildup, enabled: false, warnRatio: 1 },
    });
    expect(config.receivers).toEqual([
      {
        name: 'team',
        matchers: [],
        maxPerMinute: 20,
        webhook: {
          url: 'http://127.0.0.1:8080/hook',
          headers: { 'X-Team': 'a' },
          timeout: 10,
          sendResolved: true,
        },
      },
      {
        name: 'am',
        matchers: [],
        maxPerMinute: 20,
        alertmanager: { urls: ['http://127.0.0.1:9093'], timeout: 10, resend: 0.5 },
      },
    ]);
    expect(config.alerts).toEqual({ ...defaults.alerts, repeat: 7200, language: 'zh-CN' });
  });

  it('may use anchors and aliases', () => {
    const config = parseConfigFile(
      'detectors:\n  close_wait_leak: { minAge: &age 2m }\nalerts: { keepFiringFor: *age }\n',
      'h.yml',
    );
    expect(config.alerts.keepFiringFor).toBe(120);
  });

  it('that is too large is refused before it is parsed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'halfclose-'));
    try {
      const path = join(folder, 'big.yml');
      writeFileSync(path, '#'.repeat(1024 * 1024 + 1));
      expect(() => readConfigFile(path)).toThrow(`${path}: expected at most 1048576 bytes, found 1048577`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that unfolds without end is refused', () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghij'.split('').map((c, i) => `${c}: &${c} [${'*' + 'abcdefghi'[i]}, *${'abcdefghi'[i]}]`),
    ];
    expect(errorOf(bomb.join('\n'))).toMatch(/^h\.yml: no YAML: Excessive alias count/);
  });

  it('never fails in another way than with one line, whatever stands in it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(
          fc.constantFrom(
            'receivers',
            ':',
            ' ',
            '\n',
            '- ',
            'name',
            'webhook',
            '{',
            '}',
            '&a',
            '*a',
            '[',
            ']',
            '1',
            '30s',
            '<<',
            '!!x',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseConfigFile(written, 'h.yml');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as Error).message).toMatch(/^h\.yml(:\d+)?: [^\n]+$/);
        }
      }),
    );
  });
});

describe('a mistake in the file is one line with file, line, key, what was expected and what was found:', () => {
  const duration = 'a duration such as 30s, 5m or 1h30m, at most 3w';
  const positive = 'a duration such as 30s, 5m or 1h30m, longer than 0s and at most 3w';
  const url = 'an http:// or https:// URL without user name and password';
  it.each([
    ['detectors: [', /^h\.yml:1: no YAML: /],
    ['alerts: {}\nalerts: {}', /^h\.yml:2: no YAML: Map keys must be unique$/],
    ['- a', 'h.yml:1: expected a mapping of keys to values, found ["a"]'],
    ['alert: {}', 'h.yml:1: alert: unknown key, did you mean "alerts"?'],
    ['zzzzzz: 1', 'h.yml:1: zzzzzz: unknown key, expected one of detectors, receivers, alerts'],
    ['<<: {}', 'h.yml:1: <<: unknown key, expected one of detectors, receivers, alerts'],
    ['7: 1', 'h.yml:1: [7]: unknown key, expected one of detectors, receivers, alerts'],
    ['constructor: 1', 'h.yml:1: constructor: unknown key, expected one of detectors, receivers, alerts'],
    [
      'detectors:\n  close_wait_leak:\n    minCuont: 3',
      'h.yml:3: detectors.close_wait_leak.minCuont: unknown key, did you mean "minCount"?',
    ],
    [
      'detectors:\n  close_wait_leak:\n    minAge: soon',
      `h.yml:3: detectors.close_wait_leak.minAge: expected ${duration}, found "soon"`,
    ],
    ['alerts:\n\n  keepFiringFor: 60', `h.yml:3: alerts.keepFiringFor: expected ${duration}, found 60`],
    ['alerts: {keepFiringFor: 4w}', `h.yml:1: alerts.keepFiringFor: expected ${duration}, found "4w"`],
    ['alerts: {repeat: 0}', `h.yml:1: alerts.repeat: expected ${positive}, found 0`],
    ['alerts: {repeat: 0h0m}', `h.yml:1: alerts.repeat: expected ${positive}, found "0h0m"`],
    [
      'detectors: {close_wait_leak: {minCount: five}}',
      'h.yml:1: detectors.close_wait_leak.minCount: expected a whole number of at least 1, found "five"',
    ],
    [
      'detectors: {close_wait_leak: {minCount: 0}}',
      'h.yml:1: detectors.close_wait_leak.minCount: expected a whole number of at least 1, found 0',
    ],
    [
      'detectors: {close_wait_leak: {criticalRatio: 80}}',
      'h.yml:1: detectors.close_wait_leak.criticalRatio: expected a number from 0 to 1, found 80',
    ],
    [
      'detectors: {time_wait_buildup: {enabled: yes}}',
      'h.yml:1: detectors.time_wait_buildup.enabled: expected true or false, found "yes"',
    ],
    [
      'detectors: {time_wait_buildup: {severity: fatal}}',
      'h.yml:1: detectors.time_wait_buildup.severity: expected one of info, warning, critical, found "fatal"',
    ],
    ['receivers: {}', 'h.yml:1: receivers: expected a list, found {}'],
    ['receivers:\n  -', 'h.yml:2: receivers[0].name: expected text (Letters, digits, _ . -), found nothing'],
    [
      'receivers:\n  - webhook: {url: "http://a"}',
      'h.yml:2: receivers[0].name: expected text (Letters, digits, _ . -), found nothing',
    ],
    [
      'receivers:\n  - name: a',
      `h.yml:2: receivers[0]: expected exactly one of ${RECEIVER_KINDS.join(', ')}, found none of them`,
    ],
    [
      'receivers:\n  - {name: a, webhook: {url: "http://a"}, alertmanager: {urls: ["http://b"]}}',
      `h.yml:2: receivers[0]: expected exactly one of ${RECEIVER_KINDS.join(', ')}, found webhook and alertmanager`,
    ],
    [
      'receivers:\n  - {name: a, webhook: {url: "http://a"}}\n  - {name: a, webhook: {url: "http://a"}}',
      'h.yml:3: receivers[1].name: expected a name of its own, found "a" again',
    ],
    [
      'receivers: [{name: a, webhook: {}}]',
      'h.yml:1: receivers[0].webhook: expected url or urlFile, found neither',
    ],
    [
      'receivers: [{name: a, webhook: {url: ftp://a}}]',
      `h.yml:1: receivers[0].webhook.url: expected ${url}, found "ftp://a"`,
    ],
    [
      'receivers: [{name: a, webhook: {url: "http://"}}]',
      `h.yml:1: receivers[0].webhook.url: expected ${url}, found "http://"`,
    ],
    [
      'receivers: [{name: a, alertmanager: {urls: []}}]',
      'h.yml:1: receivers[0].alertmanager.urls: expected a list that is not empty, found []',
    ],
    [
      'receivers:\n- name: a\n  alertmanager:\n    urls:\n    - http://a\n    - b',
      `h.yml:6: receivers[0].alertmanager.urls[1]: expected ${url}, found "b"`,
    ],
    [
      'receivers: [{name: a, webhook: {url: "http://a", headers: {"a b": c}}}]',
      'h.yml:1: receivers[0].webhook.headers.a b: expected a header that can be sent, by name and value',
    ],
    [
      'receivers: [{name: a, webhook: {url: "http://a", headers: {a: 1}}}]',
      'h.yml:1: receivers[0].webhook.headers.a: expected text, found a number',
    ],
  ])('%j', (text, message) => {
    if (typeof message === 'string') expect(errorOf(text)).toBe(message);
    else expect(errorOf(text)).toMatch(message);
  });

  it('a secret in a URL is not repeated', () => {
    expect(errorOf('receivers: [{name: a, webhook: {url: "http://user:secret@a/"}}]')).not.toContain(
      'secret',
    );
  });
});
