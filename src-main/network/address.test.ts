import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src-shared/failure.ts';
import { parseAddress, withoutPeerId, withPeerId } from './address.ts';

const id = '12D3KooWLKimQtWL7gEqU1K4HFtSKxCXM4tHVs28ASfVd15NrBgy';
const other = '12D3KooWJWgMZXMqS2yZ5Dns9MGEYZe3DP5bepdGSSYLVAodbjrW';

describe('parseAddress', () => {
  test.each([
    ['192.168.1.20', '/ip4/192.168.1.20/tcp/4101'],
    [' 192.168.1.20:5000 ', '/ip4/192.168.1.20/tcp/5000'],
    ['my-pc.local', '/dns/my-pc.local/tcp/4101'],
    ['my-pc:5000', '/dns/my-pc/tcp/5000'],
    ['fe80::1', '/ip6/fe80::1/tcp/4101'],
    ['[fd00::2]:5000', '/ip6/fd00::2/tcp/5000'],
    ['/ip4/10.0.0.1/tcp/4101', '/ip4/10.0.0.1/tcp/4101'],
    [`/dns4/pc/tcp/1/p2p/${id}`, `/dns4/pc/tcp/1/p2p/${id}`],
  ])('%s', (typed, address) => {
    expect(parseAddress(typed).multiaddr.toString()).toBe(address);
  });

  test.each([
    '',
    ' ',
    'a b',
    'http://pc:1',
    'pc:0',
    'pc:70000',
    '/ip4/1.2.3.4',
    '/ip4/1.2.3.4/udp/1',
    '/ip4/1.2.3.4/tcp/1/ws',
    '/tcp/1',
    '-pc',
    'a..b',
    '/p2p/x',
  ])('not %j', (typed) => {
    expect(() => parseAddress(typed)).toThrow(Failure);
  });

  test('anything typed is an address or a Failure', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.ipV6(),
          fc.string().map((tail) => `/ip4/1.2.3.4/tcp/1/${tail}`),
        ),
        (typed) => {
          try {
            expect(parseAddress(typed).port).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
          }
        },
      ),
    );
  });
});

test('the peer id is put on and taken off', () => {
  expect(withPeerId('/ip4/1.2.3.4/tcp/1', id)?.toString()).toBe(`/ip4/1.2.3.4/tcp/1/p2p/${id}`);
  expect(withPeerId(`/ip4/1.2.3.4/tcp/1/p2p/${id}`, id)?.toString()).toBe(`/ip4/1.2.3.4/tcp/1/p2p/${id}`);
  expect(withPeerId(`/ip4/1.2.3.4/tcp/1/p2p/${other}`, id)).toBeUndefined();
  expect(withPeerId('nonsense/', id)).toBeUndefined();
  expect(withoutPeerId(`/ip4/1.2.3.4/tcp/1/p2p/${id}`)).toBe('/ip4/1.2.3.4/tcp/1');
});
