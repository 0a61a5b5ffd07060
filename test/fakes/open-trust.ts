// Trust without a roster: everyone with the key is a member, for good. What Axon was before it had one, and what figures of the bare
// network are measured with.
import type { Keyring, Trust } from '../../src-main/membership/ports.ts';

/** @param swarmKey 32 bytes, as parseSwarmKey returns them */
export function openTrust(swarmKey: Uint8Array): Trust {
  const keyring: Keyring = { current: { epoch: 0, key: Buffer.from(swarmKey).toString('hex') }, retired: [] };
  return {
    standing: () => 'member',
    keyring: () => keyring,
    digest: () => ({ swarm: null, heads: [], epoch: 0 }),
    newsFor: () => ({ statements: [], keys: [] }),
    take: () => Promise.resolve(),
    admit: () => Promise.resolve({ kind: 'refused', why: 'no' }),
    host: () => ({ name: 'open', admin: false, open: true, admins: [] }),
    application: () => null,
    heard: () => undefined,
    fresh: () => true,
    compared: () => undefined,
  };
}
