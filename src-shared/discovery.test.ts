import { expect, test } from 'vitest';
import { discoveryFindings, type DiscoveryFacts } from './discovery.ts';

const wifi = { name: 'wlp2s0', address: '192.168.1.31' };
const facts = (some: Partial<DiscoveryFacts>): DiscoveryFacts => ({
  platform: 'linux',
  release: '6.1.0',
  addresses: [wifi],
  searching: true,
  blocked: false,
  heard: null,
  otherSwarms: 0,
  firewall: null,
  ...some,
});
const causes = (some: Partial<DiscoveryFacts>): string[] =>
  discoveryFindings(facts(some)).map(({ cause, certainty }) => (certainty === 'seen' ? cause : `${cause}?`));

test('nothing is said before it was listened for long enough', () => {
  expect(causes({})).toEqual([]);
});

test('while nobody looked at the interfaces they say nothing', () => {
  expect(causes({ addresses: null })).toEqual([]);
  expect(causes({ addresses: null, heard: 'own' })).toEqual(['isolation?']);
});

test('only loopback, or only networks of this very host, is no network', () => {
  expect(causes({ addresses: [] })).toEqual(['no-network']);
  expect(causes({ addresses: [{ name: 'docker0', address: '172.17.0.1' }] })).toEqual(['no-network']);
  // an address that mDNS does not use
  expect(causes({ addresses: [{ name: 'eth0', address: 'fd00::1' }] })).toEqual(['no-network']);
  // what was heard before the cable was pulled says nothing any more
  expect(causes({ addresses: [], heard: 'own', otherSwarms: 2 })).toEqual(['no-network']);
});

test('only a VPN is no network either, and may be why', () => {
  expect(causes({ addresses: [{ name: 'tailscale0', address: '100.101.2.3' }] })).toEqual(['no-network', 'vpn?']);
});

test.each(['tun0', 'wg0', 'utun4', 'ppp0', 'tailscale0', 'NordLynx', 'ProtonVPN', 'My VPN', 'WireGuard Tunnel'])('%s is a VPN', (name) => {
  expect(causes({ addresses: [wifi, { name, address: '10.8.0.2' }] })).toEqual(['vpn?']);
});

test.each(['eth0', 'en0', 'enp3s0', 'Wi-Fi', 'Ethernet', 'WLAN', 'wlan0'])('%s is none', (name) => {
  expect(causes({ addresses: [{ name, address: '192.168.1.31' }] })).toEqual([]);
});

test('a search that is switched off finds nobody, whatever else there is', () => {
  expect(causes({ searching: false, firewall: true })).toEqual(['search-off']);
});

test('a blocked port is seen; a firewall may be what blocks it', () => {
  expect(causes({ blocked: true, firewall: true })).toEqual(['search-blocked', 'firewall?']);
});

test('who hears only itself may be kept apart; a firewall that is on may be it as well', () => {
  expect(causes({ heard: 'own' })).toEqual(['isolation?']);
  expect(causes({ heard: 'own', firewall: true })).toEqual(['firewall?', 'isolation?']);
  expect(causes({ heard: 'own', firewall: false })).toEqual(['isolation?']);
});

test('who does not even hear itself gets no multicast', () => {
  expect(causes({ heard: 'nothing' })).toEqual(['no-multicast']);
});

test('who hears others is neither kept apart nor shut in: none of them runs Axon', () => {
  expect(causes({ heard: 'others', firewall: true })).toEqual(['nobody-else']);
});

test('machines with another key are the reason, and nobody is kept apart then', () => {
  expect(causes({ heard: 'others', otherSwarms: 1 })).toEqual(['other-key']);
  expect(causes({ heard: 'own', otherSwarms: 1 })).toEqual(['other-key']);
});

test('macOS asks for a permission since version 15', () => {
  expect(causes({ platform: 'darwin', release: '24.1.0', heard: 'own' })).toEqual(['local-network?', 'isolation?']);
  expect(causes({ platform: 'darwin', release: '23.6.0', heard: 'own' })).toEqual(['isolation?']);
  // it hears others, so it has the permission
  expect(causes({ platform: 'darwin', release: '24.1.0', heard: 'others' })).toEqual(['nobody-else']);
});
