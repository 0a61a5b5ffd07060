import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test.each(['1.1.1.1', '18.164.174.23', '172.32.0.1', '100.128.0.1', '223.255.255.254', '2606:4700:4700::1111', '2a00:1450::1'])(
  'in the Internet: %s',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.100.100.200',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.251',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:1.1.1.1',
  '64:ff9b::a00:1',
  '2001:db8::1',
  '2002:0a00:0001::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::fb',
  'example.org',
  '',
])('inside, or no address: %s', (address) => expect(isPublicAddress(address)).toBe(false));
