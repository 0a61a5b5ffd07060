import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ipv4Interfaces, isPrivateAddress, onLink } from './interfaces.ts';
import { reachable } from './lan-discovery.ts';
import { concerns } from './link-socket.ts';

function info(address: string, netmask: string, internal = false): NetworkInterfaceInfo {
  return { address, netmask, internal, family: 'IPv4', mac: '00:00:00:00:00:01', cidr: null };
}

const system = {
  lo: [info('127.0.0.1', '255.0.0.0', true)],
  eth0: [info('192.168.1.5', '255.255.255.0'), info('192.168.2.5', '255.255.255.0')],
  tun0: [info('10.8.0.2', '255.255.255.255')],
};
const of = (options: Parameters<typeof ipv4Interfaces>[0]): string[] => ipv4Interfaces(options).map(({ address }) => address);

describe('interfaces', () => {
  test('one address each, without loopback', () => {
    expect(of({ loopback: false, system })).toEqual(['192.168.1.5', '10.8.0.2']);
    expect(of({ loopback: true, system })).toEqual(['127.0.0.1', '192.168.1.5', '10.8.0.2']);
  });

  test('loopback when there is nothing else', () => {
    expect(of({ loopback: false, system: { lo: system.lo } })).toEqual(['127.0.0.1']);
    expect(of({ loopback: false, system: {} })).toEqual([]);
  });

  test('the same address on another device is another interface', () => {
    const key = (mac: string): string | undefined =>
      ipv4Interfaces({ loopback: false, system: { eth0: [{ ...info('10.0.0.1', '255.0.0.0'), mac }] } })[0]?.key;
    expect(key('00:00:00:00:00:01')).not.toBe(key('00:00:00:00:00:02'));
  });

  test('networks are compared in all 32 bits', () => {
    expect(onLink('192.168.1.200', info('192.168.1.5', '255.255.255.0'))).toBe(true);
    expect(onLink('192.168.2.5', info('192.168.1.5', '255.255.255.0'))).toBe(false);
    expect(onLink('10.200.0.1', info('10.0.0.1', '255.0.0.0'))).toBe(true);
    expect(onLink('10.0.0.2', info('10.0.0.1', '255.255.255.255'))).toBe(false);
  });

  test.each([
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.31.255.1', true],
    ['172.32.0.1', false],
    ['192.168.0.1', true],
    ['169.254.9.9', true],
    ['100.64.0.1', true],
    ['100.128.0.1', false],
    ['8.8.8.8', false],
    ['127.0.0.1', false],
  ])('%s private: %s', (address, isPrivate) => {
    expect(isPrivateAddress(address)).toBe(isPrivate);
  });
});

describe('which socket takes a packet', () => {
  const [lo, eth, tun] = ipv4Interfaces({ loopback: true, system });
  const all = [lo, eth, tun].filter((link) => link !== undefined);
  const takers = (from: string, links = all): string[] => links.filter((link) => concerns(link, from, links)).map(({ address }) => address);

  test('the one in whose network the sender is', () => {
    expect(takers('192.168.1.77')).toEqual(['192.168.1.5']);
    expect(takers('127.0.0.1')).toEqual(['127.0.0.1']);
  });

  test('all but loopback when it is in none', () => {
    expect(takers('172.16.5.5')).toEqual(['192.168.1.5', '10.8.0.2']);
  });

  test('none for a loopback that we do not use', () => {
    expect(takers('127.0.0.1', all.slice(1))).toEqual([]);
  });
});

describe('addresses worth dialling', () => {
  const link = { key: '', address: '192.168.1.5', netmask: '255.255.255.0', loopback: false };
  const said = (...hosts: string[]) => ({ addresses: hosts.map((host) => ({ host, text: host })) });
  const own = new Set(['192.168.1.5']);

  test('the sender first, then its network, then private ones', () => {
    expect(reachable(said('10.8.0.9', '192.168.1.9', '192.168.1.8'), link, '192.168.1.8', own)).toEqual([
      '192.168.1.8',
      '192.168.1.9',
      '10.8.0.9',
    ]);
  });

  test('not out in the world, unless the sender is there itself', () => {
    expect(reachable(said('8.8.8.8', '2001:db8::1', 'fd00::1'), link, '192.168.1.8', own)).toEqual(['fd00::1']);
    expect(reachable(said('203.0.113.9'), link, '203.0.113.9', own)).toEqual(['203.0.113.9']);
  });

  test("not another host's loopback", () => {
    expect(reachable(said('127.0.0.1', '::1'), link, '192.168.1.8', own)).toEqual([]);
    expect(reachable(said('127.0.0.1', '::1'), link, '192.168.1.5', own)).toEqual(['127.0.0.1', '::1']);
  });
});
