// Whether a server that runs models is on this machine.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import os from 'node:os';

/** The machine, as far as it tells whether an address is its own. */
export type OwnHost = {
  /** Its IP addresses. */
  own: () => readonly string[];
  /** The IP addresses of a name; empty: nobody knows it. */
  resolve: (name: string) => Promise<readonly string[]>;
};

const thisHost: OwnHost = {
  own: () => Object.values(os.networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address)),
  resolve: (name) =>
    lookup(name, { all: true }).then(
      (all) => all.map(({ address }) => address),
      () => [],
    ),
};

/**
 * That a server runs on another machine, whose memory is not this one's: its host is neither loopback nor an address of this machine.
 * @param address the server's base URL
 */
export async function isElsewhere(address: string, { own, resolve }: OwnHost = thisHost): Promise<boolean> {
  const host = new URL(address).hostname.replaceAll(/^\[|\]$/g, '');
  const mine = new Set(own());
  const isHere = (ip: string): boolean => ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:7f') || mine.has(ip);
  if (isIP(host) !== 0) return !isHere(host);
  if (host === 'localhost' || host.endsWith('.localhost')) return false;
  return !(await resolve(host)).some(isHere);
}
