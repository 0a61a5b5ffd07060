// Why no other machine is found, as far as one machine can see it. Pure.
import { z } from 'zod';

export const discoveryCause = z.enum([
  'no-network',
  'search-off',
  'search-blocked',
  'no-multicast',
  'other-key',
  'local-network',
  'firewall',
  'vpn',
  'isolation',
  'nobody-else',
]);
export type DiscoveryCause = z.infer<typeof discoveryCause>;

/** seen: this is so, and it keeps others from being found. possible: it is so, or looks so, and may be the reason. */
export const discoveryFinding = z.object({ cause: discoveryCause, certainty: z.enum(['seen', 'possible']) });
export type DiscoveryFinding = z.infer<typeof discoveryFinding>;

export const discoveryReport = z.object({
  /** The most certain and most fundamental first. */
  findings: z.array(discoveryFinding).max(discoveryCause.options.length),
  /** It was listened for long enough that silence means something. */
  settled: z.boolean(),
});
export type DiscoveryReport = z.infer<typeof discoveryReport>;

/** Who was heard on mDNS's port since the network is as it is; own: this machine's multicast came back to it. */
export const multicastHeard = z.enum(['nothing', 'own', 'others']);
export type MulticastHeard = z.infer<typeof multicastHeard>;

export type DiscoveryFacts = {
  /** As process.platform. */
  platform: string;
  /** The kernel's own, as os.release(). */
  release: string;
  /** Of the interfaces that are up, without loopback and without addresses that are good on one wire only. null: nobody looked yet */
  addresses: readonly { name: string; address: string }[] | null;
  /** false: the person switched the search off. */
  searching: boolean;
  /** The port of mDNS cannot be opened, or no interface lets multicast out. */
  blocked: boolean;
  /** null: it was not listened for long enough to tell */
  heard: MulticastHeard | null;
  otherSwarms: number;
  /** null: unknown */
  firewall: boolean | null;
};

/** Interfaces of VPNs by the names that they go by on Linux, macOS and Windows. */
const vpnName = /^(?:tun|tap|utun|wg|ppp|ipsec|zt|tailscale|nordlynx|proton|mullvad|outline|wireguard|openvpn|anyconnect|gpd)|\bvpn\b/i;
/** Of containers and virtual machines on this very host: no other machine is behind them. */
const hostOnlyName = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|vEthernet)/i;

/** By its name it is an interface behind which no other machine is. */
export function isHostOnly(name: string): boolean {
  return hostOnlyName.test(name);
}

/** macOS 15 brought the permission; its kernel is Darwin 24. */
const firstDarwinWithPermission = 24;

export function discoveryFindings(facts: DiscoveryFacts): DiscoveryFinding[] {
  const seen = (cause: DiscoveryCause): DiscoveryFinding => ({ cause, certainty: 'seen' });
  const possible = (cause: DiscoveryCause): DiscoveryFinding => ({ cause, certainty: 'possible' });
  // mDNS is spoken over IPv4 here
  const addresses = (facts.addresses ?? []).filter(({ address }) => !address.includes(':'));
  const vpn = addresses.some(({ name }) => vpnName.test(name));
  const network = addresses.some(({ name }) => !vpnName.test(name) && !isHostOnly(name));
  if (facts.addresses !== null && !network) return [seen('no-network'), ...(vpn ? [possible('vpn')] : [])];
  if (!facts.searching) return [seen('search-off')];
  if (facts.blocked) return [seen('search-blocked'), ...hindrances(facts, vpn).map(possible)];
  const found: DiscoveryFinding[] = [];
  if (facts.heard === 'nothing') found.push(seen('no-multicast'));
  if (facts.otherSwarms > 0) found.push(seen('other-key'));
  // who hears others is hindered by nothing here
  if (facts.heard !== 'others') found.push(...hindrances(facts, vpn).map(possible));
  else if (vpn) found.push(possible('vpn'));
  if (facts.heard === 'own' && facts.otherSwarms === 0) found.push(possible('isolation'));
  if (facts.heard === 'others' && facts.otherSwarms === 0) found.push(seen('nobody-else'));
  return found;
}

function hindrances({ platform, release, firewall }: DiscoveryFacts, vpn: boolean): DiscoveryCause[] {
  const guarded = platform === 'darwin' && Number.parseInt(release, 10) >= firstDarwinWithPermission;
  return [
    ...(guarded ? ['local-network' as const] : []),
    ...(firewall === true ? ['firewall' as const] : []),
    ...(vpn ? ['vpn' as const] : []),
  ];
}
