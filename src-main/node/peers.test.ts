import { expect, test } from 'vitest';
import { isNear } from './peers.ts';

test.each([
  ['/ip4/192.168.1.7/tcp/4101', true],
  ['/ip4/10.0.0.2/tcp/4101', true],
  ['/ip4/172.16.0.1/tcp/1', true],
  ['/ip4/172.32.0.1/tcp/1', false],
  ['/ip4/169.254.3.3/tcp/1', true],
  ['/ip4/127.0.0.1/tcp/1', true],
  ['/ip4/100.64.0.1/tcp/1', false],
  ['/ip4/203.0.113.9/tcp/1', false],
  ['/ip6/fe80::1/tcp/1', true],
  ['/ip6/fd12:3456::1/tcp/1', true],
  ['/ip6/2001:db8::1/tcp/1', false],
  ['/dns4/fd.example/tcp/1', false],
  ['/ip4/192.168.1.7/tcp/4101/p2p/x/p2p-circuit', false],
])('%s is in the house: %s', (address, near) => expect(isNear(address)).toBe(near));
