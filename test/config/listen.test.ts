import { describe, expect, it } from 'vitest';
import { isLoopback, parseListenAddress } from '../../server/config/listen.ts';

describe('a listen address', () => {
  it.each([
    ['127.0.0.1:10793', { host: '127.0.0.1', port: 10793 }],
    ['[::1]:1', { host: '::1', port: 1 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':10793', { host: '::', port: 10793 }],
    ['box-1.example.net:65535', { host: 'box-1.example.net', port: 65535 }],
  ])('is read: %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '127.0.0.1',
    '80',
    '::1:80',
    '[::1]',
    '[127.0.0.1]:1',
    '[]:1',
    'a:65536',
    'a:-1',
    'a:1x',
    'a b:1',
  ])('is refused: %j', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });

  it.each(['127.1:80', '0x7f000001:80', '2130706433:80', '0177.0.0.1:80', '1.2.3.4.5:80'])(
    'that only looks like an IPv4 address is refused: %s',
    (text) => {
      expect(parseListenAddress(text)).toBeUndefined();
    },
  );
});

describe('loopback', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.0',
    '127.255.255.255',
    '::1',
    '0:0:0:0:0:0:0:1',
    'localhost',
    'LocalHost',
    '::ffff:127.0.0.1',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '126.255.255.255',
    '128.0.0.0',
    '0.0.0.0',
    '::',
    '::2',
    '::127.0.0.1',
    '::ffff:0.0.0.0',
    '::ffff:10.0.0.1',
    '1::1',
    'localhost.example.net',
    '127.0.0.1.example.net',
    '127.1',
    '',
  ])('is not %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
