import { expect, test } from 'vitest';
import { addressesToType, hostPort } from './own-address.ts';

const id = '12D3KooWSameSameSameSameSameSameSameSameSameSame';

test.each([
  [`/ip4/192.168.1.31/tcp/4101/p2p/${id}`, '192.168.1.31:4101'],
  ['/ip6/fd00::1/tcp/4101', '[fd00::1]:4101'],
  ['/dns4/box.lan/tcp/4101', null],
  ['/ip4/192.168.1.31/udp/4101', null],
])('%s is typed as %s', (multiaddr, typed) => {
  expect(hostPort(multiaddr)).toBe(typed);
});

test('what no other machine can use is left out', () => {
  const listening = [
    '/ip4/127.0.0.1/tcp/4101',
    '/ip4/172.17.0.1/tcp/4101',
    `/ip4/192.168.1.31/tcp/4101/p2p/${id}`,
    '/ip4/192.168.1.31/tcp/4101',
    '/ip4/10.8.0.2/tcp/4101',
    '/ip6/::1/tcp/4101',
    '/ip6/fe80::1/tcp/4101',
    '/ip6/fd00::1/tcp/4101',
  ];
  const interfaces = [
    { name: 'docker0', address: '172.17.0.1' },
    { name: 'wlan0', address: '192.168.1.31' },
    { name: 'tun0', address: '10.8.0.2' },
  ];
  expect(addressesToType(listening, interfaces)).toEqual(['192.168.1.31:4101', '10.8.0.2:4101']);
  // whose the addresses are is not known yet
  expect(addressesToType(listening)).toEqual(['172.17.0.1:4101', '192.168.1.31:4101', '10.8.0.2:4101']);
});

test('a long address is told where there is no short one', () => {
  expect(addressesToType(['/ip6/::1/tcp/4101', '/ip6/FE80::1/tcp/4101', '/ip6/fd00::1/tcp/4101'])).toEqual(['[fd00::1]:4101']);
  expect(addressesToType(['/ip4/127.0.0.1/tcp/4101'])).toEqual([]);
});
