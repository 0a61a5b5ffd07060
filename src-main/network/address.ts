// Addresses as people type them and as libp2p writes them.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { isIP } from 'node:net';
import { Failure } from '../../src-shared/failure.ts';
import { peerId as peerIdSchema, type PeerId } from '../../src-shared/peer.ts';
import { defaultSwarmPort } from '../../src-shared/settings.ts';

export type DialAddress = { multiaddr: Multiaddr; host: string; port: number; peerId: PeerId | undefined };

const hint = 'Type it like 192.168.1.20:4101, my-pc.local:4101 or /ip4/192.168.1.20/tcp/4101.';
const hostKinds = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/** Reads a multiaddr over TCP, or host:port, or a host alone (port 4101). Fails with bad-address. */
export function parseAddress(text: string): DialAddress {
  const typed = text.trim();
  try {
    return fromMultiaddr(multiaddr(typed.startsWith('/') ? typed : multiaddrOfHost(typed)));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('bad-address', `"${typed.slice(0, 100)}" is no address.`, { hint });
  }
}

function multiaddrOfHost(typed: string): string {
  const parts = /^(?:\[([^\]]+)\]|([^:\s/]+))(?::(\d{1,5}))?$/.exec(typed);
  const host = isIP(typed) === 6 ? typed : (parts?.[1] ?? parts?.[2]);
  if (host === undefined) throw new Failure('bad-address', `"${typed.slice(0, 100)}" is no address.`, { hint });
  const port = isIP(typed) === 6 ? defaultSwarmPort : Number(parts?.[3] ?? defaultSwarmPort);
  const kind = isIP(host) === 4 ? 'ip4' : isIP(host) === 6 ? 'ip6' : 'dns';
  if (kind === 'dns' && !/^(?!.*\.\.)[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?\.?$/i.test(host))
    throw new Failure('bad-address', `"${host}" is no host name.`, { hint });
  return `/${kind}/${host}/tcp/${port}`;
}

function fromMultiaddr(address: Multiaddr): DialAddress {
  const [host, tcp, p2p, more] = address.getComponents().filter((component) => component.name !== 'ip6zone');
  const port = Number(tcp?.value);
  const valid = host?.value !== undefined && hostKinds.has(host.name) && tcp?.name === 'tcp' && port > 0 && port <= 65_535;
  if (!valid || more !== undefined || (p2p !== undefined && p2p.name !== 'p2p')) {
    throw new Failure('bad-address', `"${address.toString().slice(0, 200)}" is no TCP address.`, { hint });
  }
  const peerId = p2p === undefined ? undefined : peerIdSchema.parse(p2p.value);
  return { multiaddr: address, host: host.value ?? '', port, peerId };
}

/** Adds /p2p/ID where it is missing. Undefined when the text is no TCP address or names another peer. */
export function withPeerId(text: string, peerId: PeerId): Multiaddr | undefined {
  try {
    const address = parseAddress(text);
    if (address.peerId !== undefined && address.peerId !== peerId) return undefined;
    return address.peerId === undefined ? multiaddr(`${address.multiaddr.toString()}/p2p/${peerId}`) : address.multiaddr;
  } catch {
    return undefined;
  }
}

/** Without the /p2p/ID at the end: how addresses are remembered. */
export function withoutPeerId(text: string): string {
  return text.replace(/\/p2p\/[^/]+$/, '');
}
