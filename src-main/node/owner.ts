// What the owner asks of key, peers and settings, at any door.
import { Failure, toFailure } from '../../src-shared/failure.ts';
import type { Role } from '../../src-shared/role.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';
import type { Linking } from './linking.ts';
import type { Membership } from './membership.ts';
import type { NodeOptions } from './options.ts';
import type { Pausing } from './pausing.ts';
import type { Peers } from './peers.ts';

export type OwnerOptions = {
  node: NodeOptions;
  link: Linking;
  peers: Peers;
  members: Membership;
  pauses: Pausing;
  applyRole: () => void;
  relink: () => Promise<void>;
  changed: () => void;
};

export type Owner = ReturnType<typeof owner>;

export function owner({ node, link, peers, members, pauses, applyRole, relink, changed }: OwnerOptions) {
  const { settings, keyFile, keyFormat } = node;
  return {
    setRole(role: Role): void {
      settings.update({ role });
      applyRole();
      changed();
    },
    pause(minutes: number | null, atOnce: boolean): void {
      pauses.pause(minutes, atOnce);
      changed();
    },
    async createKey(): Promise<void> {
      if (keyFile.read() !== undefined) throw new Failure('key-exists', 'There is a swarm.key already.');
      await members.replaceKey(keyFormat.create(), true);
    },
    previewKey: (content: Uint8Array, size: number): string => keyFormat.fingerprint(keyFormat.parse(content, { size })),
    async importKey(content: Uint8Array, size: number, replace: boolean): Promise<void> {
      const key = keyFormat.parse(content, { size });
      if (members.fingerprint() === keyFormat.fingerprint(key)) return;
      if (keyFile.read() !== undefined && !replace) throw new Failure('key-exists', 'This machine is in another swarm already.');
      await members.replaceKey(key, false);
    },
    forgetKey: (): Promise<void> => members.forgetSwarm(),
    async addPeer(address: string, signal: AbortSignal): Promise<void> {
      const network = link.network();
      if (network === null) throw new Failure('no-key', 'This machine is in no swarm yet.');
      const remember = (): void => {
        const known = settings.get().addresses;
        if (!known.includes(address)) settings.update({ addresses: [address, ...known].slice(0, 64) });
      };
      try {
        await network.dial(address, signal);
        remember();
      } catch (error) {
        // a machine that is off now may be on later; another key will not become ours
        if (toFailure(error).code === 'not-reachable') remember();
        throw error;
      } finally {
        changed();
      }
    },
    async forgetPeer(peerId: string): Promise<void> {
      const gone = peers.get(peerId)?.addresses ?? [];
      settings.update({
        addresses: settings
          .get()
          .addresses.filter((address) => !address.includes(peerId) && !gone.some((known) => sameEndpoint(known, address))),
      });
      node.peers.forget(peerId);
      await link.network()?.forget(peerId);
      peers.forget(peerId);
      changed();
    },
    async setServerKey(key: string | null): Promise<void> {
      await node.serverKey.keep(settings.get(), key);
      changed();
    },
    /** @throws Failure not-found when no app is around this node */
    toggleWindow(): void {
      if (node.toggleWindow === undefined) throw new Failure('not-found', 'This node runs without the app, so there is no window to show.');
      node.toggleWindow();
    },
    updateSettings,
    resetSettings: (): Promise<void> => updateSettings(settings.defaults()),
  };

  async function updateSettings(patch: SettingsPatch): Promise<void> {
    const before = settings.get();
    const after = settings.update(patch);
    pauses.look();
    changed();
    if (before.swarmPort !== after.swarmPort || before.seedDiscovery !== after.seedDiscovery) await relink();
    else applyRole();
    if (before.open !== after.open) members.openChanged();
    if (before.name !== after.name) members.nameChanged();
  }
}

function sameEndpoint(known: string, typed: string): boolean {
  const [, , host, , port] = known.split('/');
  return typed === `${host}:${port}` || typed.startsWith(`/ip4/${host}/tcp/${port}`);
}
