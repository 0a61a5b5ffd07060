// Where this machine is reached, as a person types it on another one. Pure.
import { isHostOnly } from './discovery.ts';

/** "192.168.1.31:4101" or "[fd00::1]:4101" of a multiaddr over TCP, with or without /p2p/; null: it is none */
export function hostPort(multiaddr: string): string | null {
  const [, kind, host = '', port = ''] = /^\/(ip4|ip6)\/([^/]+)\/tcp\/(\d+)/.exec(multiaddr) ?? [];
  if (kind === undefined) return null;
  return kind === 'ip6' ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Of the addresses at which this machine listens, those that another machine may type: no loopback, none that is good on one wire only,
 * none behind which are this host's own containers. Long ones (IP 6) only where there is no short one.
 * @param listening multiaddrs
 * @param interfaces of this machine, by which those of containers are told; what is unknown is kept
 */
export function addressesToType(listening: readonly string[], interfaces: readonly { name: string; address: string }[] = []): string[] {
  const inside = new Set(interfaces.filter(({ name }) => isHostOnly(name)).map(({ address }) => address));
  const far = listening.filter((multiaddr) => {
    const [, kind, host = ''] = multiaddr.split('/');
    return !inside.has(host) && (kind === 'ip6' ? !/^(?:::1$|fe[89ab])/i.test(host) : !host.startsWith('127.'));
  });
  const short = far.filter((multiaddr) => multiaddr.startsWith('/ip4/'));
  return [...new Set((short.length > 0 ? short : far).flatMap((multiaddr) => hostPort(multiaddr) ?? []))];
}
