import { expect, test } from 'vitest';
import { belonging } from '../../web/belonging.ts';

const ID = '3f2a91c0be77'.padEnd(64, '0');

test.each([
  [{ unit: null, container: null }, null],
  [
    { unit: 'nginx.service', container: null },
    { text: 'nginx.service', title: 'nginx.service', filter: 'unit = nginx.service' },
  ],
  [
    { unit: 'a (b).service', container: null },
    { text: 'a (b).service', title: 'a (b).service', filter: 'unit = "a (b).service"' },
  ],
  [
    { unit: null, container: ID },
    { text: '3f2a91c0be77', title: ID, filter: 'container = 3f2a91c0be77' },
  ],
  [
    { unit: 'inside.service', container: 'web-1' },
    { text: 'web-1', title: 'web-1', filter: 'container = web-1' },
  ],
])('a process of %j is shown so, and found so', (process, expected) => {
  expect(belonging(process)).toEqual(expected);
});
