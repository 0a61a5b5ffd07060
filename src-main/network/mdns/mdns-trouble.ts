// Says once that no interface lets mDNS through, and once that one does again.
import { Failure } from '../../../src-shared/failure.ts';
import type { DiscoveryOptions } from '../discovery.ts';

const hint = 'Other machines can still be reached by their address; a firewall or another program may be in the way of UDP port 5353.';

export type MdnsTrouble = {
  opened(): void;
  failed(error: NodeJS.ErrnoException): void;
  /** The outcome of a send on that interface. */
  sent(key: string, error: Error | undefined): void;
  /** These are left. */
  interfaces(keys: string[]): void;
};

export function mdnsTrouble({ onTrouble, log }: Pick<DiscoveryOptions, 'onTrouble' | 'log'>): MdnsTrouble {
  const failing = new Map<string, boolean>();
  let told = false;
  const tell = (failure: Failure | undefined): void => {
    if (told === (failure !== undefined)) return;
    told = failure !== undefined;
    if (failure !== undefined) log.warn('mDNS does not work', { cause: failure.message });
    onTrouble(failure?.toShape() ?? null);
  };
  return {
    opened: () => tell(undefined),
    failed(error) {
      // anything else is an interface that went while it was being opened
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return;
      tell(new Failure('port-in-use', `UDP port 5353 could not be opened (${error.code}).`, { hint }));
    },
    sent(key, error) {
      failing.set(key, error !== undefined);
      const all = [...failing.values()].every(Boolean);
      tell(all ? new Failure('not-reachable', `No interface lets multicast out (${error?.message ?? 'unknown'}).`, { hint }) : undefined);
    },
    interfaces(keys) {
      for (const key of failing.keys()) if (!keys.includes(key)) failing.delete(key);
    },
  };
}
