// What a set of statements says: who is in, who is out, which key is in force. The same set says the same on every device.
import { defaultPermissions, permissions as schema, type MemberRole, type Permissions } from '../../src-shared/member.ts';
import { plainName } from '../../src-shared/name.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import {
  compareIds,
  counts,
  epochAt,
  epochIn,
  everything,
  isAdmin,
  isMember,
  latest,
  precedes,
  recoveryAt,
  recoveryIn,
  type DeviceFacts,
  type EpochFacts,
  type Graph,
  type Scope,
} from './graph.ts';

export type RosterMember = { readonly name: string; readonly role: MemberRole; readonly permissions: Permissions };

export type RosterState = {
  /** id of the found statement; null: this roster is empty */
  readonly swarm: string | null;
  /** In the order of their ids. */
  readonly members: ReadonlyMap<PeerId, RosterMember>;
  /** Removed or left, and not let in again. */
  readonly revoked: ReadonlyMap<PeerId, { readonly name: string }>;
  /** The swarm key in force. keyHash: SHA-256 of its 64 hex digits; id: of the statement that began it */
  readonly epoch: EpochFacts | null;
  /** Every key that counts, by hash: its epoch. */
  readonly keyHashes: ReadonlyMap<string, number>;
  /** Whose signature makes a device admin when no admin is left. */
  readonly recovery: PeerId | null;
  /** Somebody is out who may know the key in force: an admin must make a new one. */
  readonly needsRotation: boolean;
};

const known = new WeakMap<Graph, RosterState>();

/** Worked out once per graph. */
export function stateOf(graph: Graph): RosterState {
  const before = known.get(graph);
  if (before !== undefined) return before;
  const state = worked(graph);
  known.set(graph, state);
  return state;
}

function worked(graph: Graph): RosterState {
  const scope = everything(graph);
  const members = new Map<PeerId, RosterMember>();
  const revoked = new Map<PeerId, { name: string }>();
  for (const [peerId, facts] of [...graph.devices].toSorted(([a], [b]) => compareIds(a, b))) {
    const name = nameIn(scope, facts) || peerId.slice(-6);
    if (isMember(scope, peerId)) {
      const role = isAdmin(scope, peerId) ? 'admin' : 'member';
      members.set(peerId, { name, role, permissions: permissionsIn(scope, facts) });
    } else if (facts.revokes.length > 0) revoked.set(peerId, { name });
  }
  const epoch = epochIn(scope);
  const begun = epoch === null ? undefined : graph.index.get(epoch.id);
  return {
    swarm: graph.entries[0]?.id ?? null,
    members,
    revoked,
    epoch,
    keyHashes: keyHashesIn(scope),
    recovery: recoveryAt(graph, recoveryIn(scope)),
    needsRotation: begun !== undefined && graph.revokes.some((revoke) => !precedes(graph, revoke, begun)),
  };
}

/** The newest; of several that do not know of each other the one with the lowest id. Plain, whatever its author wrote; '': there is none. */
function nameIn(scope: Scope, facts: DeviceFacts): string {
  const [number] = latest(scope, facts.names);
  const body = number === undefined ? undefined : scope.graph.entries[number]?.body;
  return body !== undefined && 'name' in body ? plainName(body.name ?? '') : '';
}

/** The newest since the last removal; of several that do not know of each other only what all of them grant. */
function permissionsIn(scope: Scope, facts: DeviceFacts): Permissions {
  const { graph } = scope;
  const since = facts.permissions.filter((number) => facts.revokes.every((revoke) => precedes(graph, revoke, number)));
  const granted = latest(scope, since).map((number) => permissionsAt(graph, number));
  const [first, ...rest] = granted;
  if (first === undefined) return defaultPermissions;
  return rest.reduce(both, first);
}

function both(a: Permissions, b: Permissions): Permissions {
  return schema.parse(Object.fromEntries(schema.keyof().options.map((what) => [what, a[what] && b[what]])));
}

function permissionsAt(graph: Graph, number: number): Permissions {
  const body = graph.entries[number]?.body;
  return body?.op === 'admit' || body?.op === 'permissions' ? body.permissions : defaultPermissions;
}

function keyHashesIn(scope: Scope): Map<string, number> {
  const hashes = new Map<string, number>();
  for (const number of scope.graph.epochs) {
    const epoch = counts(scope, number) ? epochAt(scope.graph, number) : null;
    if (epoch !== null) hashes.set(epoch.keyHash, Math.max(epoch.number, hashes.get(epoch.keyHash) ?? 0));
  }
  return hashes;
}
