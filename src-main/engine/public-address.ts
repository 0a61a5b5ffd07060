// Which addresses a model may be fetched from: those of the Internet, never of this machine, its network or a cloud's inside.
import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registries (RFC 6890 and what came after), multicast included. */
const inside = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(net, prefix, 'ipv4');

/** Of IPv6 only what is given out to the world, 2000::/3, without what leads back into IPv4 (6to4, Teredo) and documentation. */
const world = new BlockList();
world.addSubnet('2000::', 3, 'ipv6');
const exceptions = new BlockList();
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  exceptions.addSubnet(net, prefix, 'ipv6');

/** @param address an IP address; anything else is not public */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !inside.check(address, 'ipv4');
    case 6:
      return world.check(address, 'ipv6') && !exceptions.check(address, 'ipv6');
    default:
      return false;
  }
}
