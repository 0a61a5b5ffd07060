// This host's IPv4 interfaces, and what lies on their links.
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

export type Interface = {
  /** Differs as soon as anything that matters to a socket does: name, address, mask, or the device itself. */
  key: string;
  address: string;
  netmask: string;
  /** This host only. */
  loopback: boolean;
};

/** Sockets are opened on this many at most; more are virtual bridges by the dozen. */
const maxInterfaces = 32;

type SystemInterfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * Interfaces that are up with an IPv4 address, the first address of each.
 * Loopback is among them when `loopback` says so, or when there is nothing else: then this host is all there is.
 */
export function ipv4Interfaces(options: { loopback: boolean; system?: SystemInterfaces }): Interface[] {
  const all = Object.entries(options.system ?? networkInterfaces()).flatMap(([name, addresses]) => {
    const first = addresses?.find(({ family }) => family === 'IPv4');
    if (first === undefined) return [];
    const { address, netmask, mac, internal } = first;
    return [{ key: `${name} ${address} ${netmask} ${mac}`, address, netmask, loopback: internal }];
  });
  const far = all.filter(({ loopback }) => !loopback);
  return (options.loopback || far.length === 0 ? all : far).slice(0, maxInterfaces);
}

/** Whether the address is in the interface's network. */
export function onLink(address: string, { address: own, netmask }: Pick<Interface, 'address' | 'netmask'>): boolean {
  const mask = numberOf(netmask);
  return (numberOf(address) & mask) === (numberOf(own) & mask);
}

/** The 32 bits of a dotted quad. */
function numberOf(address: string): number {
  return address.split('.').reduce((bits, part) => (bits << 8) | Number(part), 0);
}

/** 127.0.0.0/8 */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.');
}

/** Networks of homes and offices (RFC 1918), link-local, and carriers' shared space, which some VPNs use. */
export function isPrivateAddress(address: string): boolean {
  const [one = 0, two = 0] = address.split('.').map(Number);
  return (
    one === 10 ||
    (one === 172 && two >= 16 && two < 32) ||
    (one === 192 && two === 168) ||
    (one === 169 && two === 254) ||
    (one === 100 && two >= 64 && two < 128)
  );
}
