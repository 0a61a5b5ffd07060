// One node with real rooms and real files, over whatever network and engine it is given.
import { newIdentity, peerIdOf } from '../../src-main/network/identity.ts';
import { crypto, signer } from '../../src-main/network/signing.ts';
import { fingerprint, newSwarmKey, parseSwarmKey, swarmKeyText } from '../../src-main/network/swarm-key.ts';
import { newRecoveryWords, recoveryIdentity } from '../../src-main/network/words.ts';
import type { NodeOptions } from '../../src-main/node/options.ts';
import { createNode, type Node } from '../../src-main/node.ts';
import { openConversations } from '../../src-main/store/conversations/conversations.ts';
import { homeFacts } from '../../src-main/store/home-facts.ts';
import { createHome, homePaths } from '../../src-main/store/home.ts';
import { openIdentity } from '../../src-main/store/identity.ts';
import { openLedger } from '../../src-main/store/ledger.ts';
import { openRememberedPeers } from '../../src-main/store/remembered-peers.ts';
import { openSettings } from '../../src-main/store/settings-store.ts';
import { openSmallFile } from '../../src-main/store/small-file.ts';
import { openSnapshotFile } from '../../src-main/store/snapshot-file.ts';
import { forgetSwarmKey, readSwarmKey, renewSwarmKey, writeSwarmKey } from '../../src-main/store/swarm-key-file.ts';
import { openTrustFiles } from '../../src-main/store/trust-files.ts';
import type { SettingsPatch } from '../../src-shared/settings.ts';

export type NodeParts = Pick<NodeOptions, 'clock' | 'log' | 'hardware' | 'engine' | 'network' | 'pairing'> & {
  folder: string;
  /** The text of swarm.key; null: none. One that is there stays. */
  key: string | null;
  settings: SettingsPatch;
  /** Nobody can tell, unless a test plays it. */
  otherPrograms?: NodeOptions['otherPrograms'];
  identity?: NodeOptions['identity'];
  host?: NodeOptions['host'];
  /** Left out: none is kept, and none can be. */
  serverKey?: NodeOptions['serverKey'];
};

/** Not started yet. */
export function makeNode({ folder, key, settings, identity, otherPrograms, host, serverKey, ...parts }: NodeParts): Node {
  const home = homePaths(folder);
  createHome(home);
  if (key !== null && readSwarmKey(home.swarmKey) === undefined) writeSwarmKey(home.swarmKey, key, new Date());
  const stored = openSettings(home.settings);
  stored.update(settings);
  return createNode({
    otherPrograms: otherPrograms ?? { look: async () => ({ cpu: null, gpu: null }) },
    host: host ?? { platform: 'linux', release: '6.1.0', searching: true, firewall: async () => null },
    serverKey: serverKey ?? { from: () => undefined, keep: async () => {} },
    ...parts,
    version: '0.1.0',
    settings: stored,
    keyFile: {
      read: () => readSwarmKey(home.swarmKey),
      write: (text) => writeSwarmKey(home.swarmKey, text, new Date()),
      renew: (text) => renewSwarmKey(home.swarmKey, text),
      forget: () => forgetSwarmKey(home.swarmKey, new Date()),
    },
    keyFormat: { parse: parseSwarmKey, create: newSwarmKey, text: swarmKeyText, fingerprint },
    signing: { crypto, peerIdOf, signer, newRecoveryWords, recoveryIdentity },
    trustFiles: openTrustFiles(home),
    homeFacts: homeFacts(home),
    ledger: openLedger(home.ledger, () => parts.clock.date()),
    identity: identity ?? (() => openIdentity(home.identity, null, newIdentity)),
    peers: openRememberedPeers(home.remembered),
    conversations: openConversations(home.database, () => parts.clock.date()),
    snapshots: openSnapshotFile(home.snapshot),
    observed: openSmallFile(home.observed),
    downloads: openSmallFile(home.downloads),
  });
}
