// The home itself, for commands that run while no node does.
import { createHash } from 'node:crypto';
import { noMembership, type MembershipView } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { swarmKeyText } from '../network/swarm-key.ts';
import { createHome, type Home } from '../store/home.ts';
import { openLedger } from '../store/ledger.ts';
import { openRememberedPeers } from '../store/remembered-peers.ts';
import { openSettings } from '../store/settings-store.ts';
import { writeSwarmKey, readSwarmKey } from '../store/swarm-key-file.ts';
import { openTrustFiles } from '../store/trust-files.ts';

/** Another swarm: its key, and nothing of the one before. founding: the next node of this home begins its list of members. */
export function putKeyOffline(home: Home, key: Uint8Array, founding: boolean): void {
  createHome(home);
  const now = new Date();
  const digits = Buffer.from(key).toString('hex');
  const { roster, keys, invites } = openTrustFiles(home);
  roster.forget(now);
  invites.forget(now);
  openRememberedPeers(home.remembered).clear();
  const marker = createHash('sha256').update(digits).digest('hex');
  keys.set({ founding: founding ? marker : null, known: [{ epoch: founding ? 1 : 0, key: digits, until: null }] });
  writeSwarmKey(home.swarmKey, swarmKeyText(key), now);
}

/** Who is in the swarm, as this home knew it when its last node ended. */
export async function readMembership(home: Home): Promise<MembershipView> {
  if (readSwarmKey(home.swarmKey) === undefined) return noMembership;
  // loaded late: signatures need the network's libraries
  const { crypto } = await import('../network/signing.ts');
  const { rosterBook } = await import('../node/roster-book.ts');
  const { viewOfMembership } = await import('../node/membership-view.ts');
  const files = openTrustFiles(home);
  const ledger = openLedger(home.ledger, () => Date.now());
  const book = rosterBook(files.roster, crypto, () => {
    throw new Error('nothing is written here');
  });
  const roster = book.roster();
  const self = await ownPeerId(home);
  const known = self === null ? undefined : roster?.members.get(self);
  return viewOfMembership({
    standing: known?.role ?? (self !== null && roster?.revoked.has(self) === true ? 'revoked' : 'pending'),
    open: openSettings(home.settings).get().open,
    roster,
    self,
    seen: () => ({ connected: false, lastSeen: null }),
    usedToday: ledger.today,
    applicants: [],
    asked: [],
    letIn: files.invites.get().letIn,
    invited: null,
    invites: files.invites
      .get()
      .made.map(({ id, createdAt, expiresAt, usedBy }) => ({ id, createdAt, expiresAt, usedBy, shown: false, stale: false })),
    pairing: null,
  });
}

/** null: there is none yet, or the desktop's key store has it. */
async function ownPeerId(home: Home): Promise<PeerId | null> {
  const [{ openIdentity }, { peerIdOf }] = await Promise.all([import('../store/identity.ts'), import('../network/identity.ts')]);
  try {
    const { key } = await openIdentity(home.identity, null, () => {
      throw new Error('no identity yet');
    });
    return peerIdOf(key);
  } catch {
    return null;
  }
}
