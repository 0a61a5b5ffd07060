// Random lives of a roster: devices that write, meet, forget half of what they were told; thieves that backdate; forgers.
// The judge at the end is `oracle`: the rules of membership/README.md said once more, slowly, over sets of ids.
import fc from 'fast-check';
import { Failure } from '../../src-shared/failure.ts';
import { defaultPermissions, type MemberRole, type Permissions } from '../../src-shared/member.ts';
import type { PeerId } from '../../src-shared/peer.ts';
import { emptyRoster, foundRoster, merge, state, statements, write, type Roster } from '../../src-main/membership/roster.ts';
import type { Statement } from '../../src-main/membership/ports.ts';
import { signedText, type Op, type StatementBody } from '../../src-main/membership/statement.ts';
import { fakeCrypto as crypto, fakePeer, fakeSigner } from './fake-signing.ts';

export const devices = ['A', 'B', 'C', 'D', 'E'].map(fakePeer);
const codes = ['R', 'S'].map(fakePeer);
const keyHash = (number: number): string => crypto.hash(`key ${number}`);

type Small = number;
export type Step =
  /** An honest device says something after all that it knows. */
  | { kind: 'write'; device: Small; op: Small; about: Small; detail: Small }
  /** One tells another what it knows: in any order, twice, or only a part. */
  | { kind: 'tell'; from: Small; to: Small; seed: Small; share: Small }
  /** A key of a device (or a recovery code) in wrong hands says anything, at any place in the past, truly signed. */
  | { kind: 'backdate'; by: Small; after: Small[]; op: Small; about: Small; detail: Small }
  /** Something about an existing statement is changed, or signed by another. */
  | { kind: 'forge'; which: Small; how: Small; to: Small };

const small = fc.nat(255);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), device: small, op: small, about: small, detail: small }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('tell' as const), from: small, to: small, seed: small, share: small }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('backdate' as const),
      by: small,
      after: fc.array(small, { minLength: 1, maxLength: 3 }),
      op: small,
      about: small,
      detail: small,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forge' as const), which: small, how: small, to: small }) },
);
/** `seed`: for the orders in which all is told in the end. */
export const history = fc.record({ steps: fc.array(step, { minLength: 8, maxLength: 40, size: 'max' }), seed: fc.nat() });
export type History = { steps: Step[]; seed: number };

export type Lived = {
  rosters: Roster[];
  /** Everything that was ever said and truly signed, entitled or not. */
  said: Statement[];
  /** As devices saw it on the way, each with what it knew. */
  seen: Roster[];
};

/** Device A founds, lets B in as an admin and C as a member; B and C know of it. Then the steps happen. */
export function live({ steps }: Pick<History, 'steps'>): Lived {
  const [first, second, third] = devices as [PeerId, PeerId, PeerId];
  const begun = foundRoster(crypto, fakeSigner(first), first, { name: 'A', epochHash: keyHash(1), recovery: codes[0] ?? first });
  let roster = begun.roster;
  for (const op of [
    { op: 'admit', device: second, name: 'B', permissions: defaultPermissions },
    { op: 'role', device: second, role: 'admin' },
    { op: 'admit', device: third, name: 'C', permissions: defaultPermissions },
  ] satisfies Op[]) {
    ({ roster } = write(crypto, fakeSigner(first), first, roster, op));
  }
  const said = [...statements(roster)];
  const rosters = devices.map((_, index) => (index < 3 ? roster : emptyRoster()));
  const seen: Roster[] = [];
  const swarm = crypto.hash(begun.statement.body);
  const take = (to: number, news: readonly unknown[]): void => {
    const next = merge(crypto, rosters[to] ?? emptyRoster(), news, { swarm }).roster;
    rosters[to] = next;
    seen.push(next);
  };

  for (const one of steps) {
    if (one.kind === 'write') {
      const index = one.device % devices.length;
      const known = rosters[index] ?? emptyRoster();
      const op = opOf(one, (state(known).epoch?.number ?? 0) + 1);
      const by = op.op === 'recover' ? (state(known).recovery ?? pick(codes, one.detail)) : pick(devices, index);
      try {
        const written = write(crypto, fakeSigner(by), by, known, op);
        said.push(written.statement);
        rosters[index] = written.roster;
        seen.push(written.roster);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    } else if (one.kind === 'tell') {
      const known = statements(rosters[one.from % devices.length] ?? emptyRoster());
      const random = randomOf(one.seed);
      const told = shuffled([...known, ...known.slice(-2)], random).filter(() => one.share > 100 || random() * 100 < one.share);
      take(one.to % devices.length, told);
    } else if (one.kind === 'backdate') {
      said.push(backdated(one, said, swarm));
    } else {
      take(one.to % devices.length, [forged(one, said)]);
    }
  }
  return { rosters, said, seen };
}

function opOf({ op, about, detail }: { op: number; about: number; detail: number }, epoch: number): Op {
  const device = pick(devices, about);
  const permissions: Permissions = { chat: detail % 2 === 0, models: detail % 3 === 0, split: detail % 5 === 0, execute: false };
  const ops: Op[] = [
    { op: 'admit', device, name: `admitted ${detail}`, permissions },
    { op: 'revoke', device, why: 'removed' },
    { op: 'admit', device, name: `let in ${detail}`, permissions },
    { op: 'role', device, role: 'admin' },
    { op: 'role', device, role: 'member' },
    { op: 'permissions', device, permissions },
    { op: 'rename', device, name: `name ${detail}` },
    { op: 'revoke', device, why: 'left' },
    { op: 'epoch', number: epoch, keyHash: keyHash(1000 * epoch + detail) },
    { op: 'recovery', recovery: pick(codes, detail) },
    { op: 'recover', device, name: `recovered ${detail}` },
    { op: 'recover', device },
  ];
  return pick(ops, op);
}

function backdated(one: Extract<Step, { kind: 'backdate' }>, said: readonly Statement[], swarm: string): Statement {
  const parents = [...new Set(one.after.map((index) => crypto.hash(pick(said, index).body)))].toSorted();
  const by = pick([...devices, ...codes], one.by);
  const body = JSON.stringify({ v: 1, swarm, parents, by, ...opOf(one, 2 + (one.detail % 3)) });
  return { body, signature: fakeSigner(by)(signedText(body)) };
}

/** What no device may believe: changed after it was signed, or signed by whom it is not said to be by. */
function forged({ which, how }: { which: number; how: number }, said: readonly Statement[]): unknown {
  const { body, signature } = pick(said, which);
  const stolen = body.replaceAll(pick(devices, how), pick(devices, how + 1));
  const resigned = { body: stolen, signature: fakeSigner(pick(devices, how + 2))(signedText(stolen)) };
  const tampered = body.replace('"chat":false', '"chat":true').replace('"role":"member"', '"role":"admin"');
  const all: unknown[] = [
    { body: stolen, signature },
    body === stolen || JSON.parse(stolen).by === pick(devices, how + 2) ? null : resigned,
    tampered === body ? {} : { body: tampered, signature },
    { body, signature: '' },
    { body },
    { body: `${body} `, signature: fakeSigner(JSON.parse(body).by)(signedText(`${body} `)) },
    { body: '{"__proto__":1}', signature },
    { body: '[[[[', signature },
    null,
    'found',
  ];
  // a replay of what is true is no forgery
  const item = pick(all, how);
  return typeof item === 'object' &&
    item !== null &&
    'body' in item &&
    item.body === body &&
    'signature' in item &&
    item.signature === signature
    ? null
    : item;
}

// --- the judge -------------------------------------------------------------------------------------------------------------------------

type Known = { id: string; body: StatementBody };
export type Verdict = {
  members: [PeerId, { name: string; role: MemberRole; permissions: Permissions }][];
  revoked: PeerId[];
  epoch: { number: number; keyHash: string };
  recovery: PeerId | null;
  needsRotation: boolean;
};

/** What a set of truly signed statements means. Slow on purpose: sets, and again and again until nothing changes. */
export function oracle(said: readonly Statement[]): Verdict {
  const all = new Map<string, Known>();
  for (const { body } of said) all.set(crypto.hash(body), { id: crypto.hash(body), body: JSON.parse(body) as StatementBody });
  const pasts = new Map<string, Set<string>>();
  const past = (id: string): Set<string> => {
    const known = pasts.get(id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    pasts.set(id, found);
    const body = all.get(id)?.body;
    for (const parent of body === undefined || body.op === 'found' ? [] : body.parents) {
      found.add(parent);
      for (const older of past(parent)) found.add(older);
    }
    return found;
  };
  const bodyOf = (id: string): StatementBody => all.get(id)!.body;
  const isRemoval = (body: StatementBody): boolean => body.op === 'revoke' || (body.op === 'role' && body.role === 'member');
  const apart = (a: string, b: string): boolean => a !== b && !past(a).has(b) && !past(b).has(a);
  const about = (body: StatementBody): PeerId => ('device' in body ? body.device : body.by);

  /** `there`: which statements exist; `good`: which of them count. */
  const admitted = (there: Set<string>, good: Set<string>, peer: PeerId): boolean =>
    [...good].some((id) => {
      const body = bodyOf(id);
      if (!['found', 'admit', 'recover'].includes(body.op) || about(body) !== peer) return false;
      return [...there].every((other) => {
        const blow = bodyOf(other);
        return blow.op !== 'revoke' || blow.device !== peer || past(id).has(other);
      });
    });
  const promoted = (there: Set<string>, good: Set<string>, peer: PeerId): boolean =>
    [...good].some((id) => {
      const body = bodyOf(id);
      const grants = body.op === 'found' || body.op === 'recover' || (body.op === 'role' && body.role === 'admin');
      if (!grants || about(body) !== peer) return false;
      return [...there].every((other) => !isRemoval(bodyOf(other)) || about(bodyOf(other)) !== peer || past(id).has(other));
    }) && admitted(there, good, peer);
  const newest = (good: Set<string>, is: (body: StatementBody) => boolean): string[] => {
    const fit = [...good].filter((id) => is(bodyOf(id)));
    return fit.filter((id) => !fit.some((other) => past(other).has(id))).toSorted();
  };
  const code = (good: Set<string>): string | undefined =>
    newest(good, (body) => body.op === 'recovery' || (body.op === 'found' && body.recovery !== undefined))[0];
  const codeOf = (id: string | undefined): PeerId | null => {
    const body = id === undefined ? undefined : bodyOf(id);
    return body !== undefined && 'recovery' in body ? (body.recovery ?? null) : null;
  };
  const keyOf = (good: Set<string>): { id: string; number: number; keyHash: string } => {
    const keys = [...good].flatMap((id) => {
      const body = bodyOf(id);
      if (body.op === 'found') return [{ id, number: 1, keyHash: body.epochHash }];
      return body.op === 'epoch' ? [{ id, number: body.number, keyHash: body.keyHash }] : [];
    });
    return keys.toSorted((a, b) => b.number - a.number || (a.id < b.id ? -1 : 1))[0]!;
  };

  const meanings = new Map<string, Set<string>>();
  const validity = new Map<string, boolean>();
  const sources = new Map<string, string | undefined>();
  const meaning = (there: Set<string>): Set<string> => {
    const name = [...there].toSorted().join();
    const known = meanings.get(name);
    if (known !== undefined) return known;
    let good = new Set(there);
    for (;;) {
      const next = new Set([...good].filter((id) => stays(id, there, good)));
      if (next.size === good.size) break;
      good = next;
    }
    meanings.set(name, good);
    return good;
  };
  const stays = (id: string, there: Set<string>, good: Set<string>): boolean => {
    const body = bodyOf(id);
    if (isRemoval(body) || body.op === 'found') return true;
    const struck = [...there].some((other) => {
      const blow = bodyOf(other);
      if (!apart(id, other)) return false;
      if (body.op === 'recover' && blow.op === 'recovery' && blow.recovery !== body.by) return true;
      return isRemoval(blow) && about(blow) === body.by;
    });
    if (struck) return false;
    const before = past(id);
    const goodBefore = new Set([...before].filter((older) => good.has(older)));
    if (body.op === 'recover') return good.has(sources.get(id) ?? '');
    return mayBy(body, before, goodBefore);
  };
  const mayBy = (body: StatementBody, there: Set<string>, good: Set<string>): boolean => {
    if ((body.op === 'revoke' || body.op === 'rename') && body.device === body.by) return admitted(there, good, body.by);
    return promoted(there, good, body.by);
  };
  const isValid = (id: string): boolean => {
    const known = validity.get(id);
    if (known !== undefined) return known;
    const found = judge(id);
    validity.set(id, found);
    return found;
  };
  const judge = (id: string): boolean => {
    const one = all.get(id);
    if (one === undefined) return false;
    if (one.body.op === 'found') return true;
    if (!one.body.parents.every((parent) => isValid(parent))) return false;
    const before = past(id);
    const good = meaning(before);
    if (one.body.op === 'epoch' && one.body.number !== keyOf(good).number + 1) return false;
    if (one.body.op !== 'recover') return mayBy(one.body, before, good);
    sources.set(id, code(good));
    return codeOf(code(good)) === one.body.by;
  };

  const there = new Set([...all.keys()].filter((id) => isValid(id)));
  const good = meaning(there);
  const members: Verdict['members'] = [];
  const revoked: PeerId[] = [];
  for (const peer of [...new Set([...there].map((id) => about(bodyOf(id))))].toSorted()) {
    const wasRevoked = [...there].filter((id) => bodyOf(id).op === 'revoke' && about(bodyOf(id)) === peer);
    if (admitted(there, good, peer)) {
      const named = newest(good, (body) => 'name' in body && body.name !== undefined && about(body) === peer)[0];
      const body = named === undefined ? undefined : bodyOf(named);
      const since = new Set([...good].filter((id) => wasRevoked.every((blow) => past(id).has(blow))));
      const granted = newest(since, (one) => (one.op === 'admit' || one.op === 'permissions' || one.op === 'found') && about(one) === peer);
      const permissions = { ...defaultPermissions, models: granted.length > 0, split: granted.length > 0, execute: granted.length > 0 };
      for (const id of granted) {
        const grant = bodyOf(id);
        const given = 'permissions' in grant ? grant.permissions : defaultPermissions;
        for (const what of ['chat', 'models', 'split', 'execute'] as const) permissions[what] &&= given[what];
      }
      const role = promoted(there, good, peer) ? 'admin' : 'member';
      const name = body !== undefined && 'name' in body && body.name !== undefined ? body.name : peer.slice(-6);
      members.push([peer, { name, role, permissions }]);
    } else if (wasRevoked.length > 0) revoked.push(peer);
  }
  const epoch = keyOf(good);
  return {
    members,
    revoked,
    epoch: { number: epoch.number, keyHash: epoch.keyHash },
    recovery: codeOf(code(good)),
    needsRotation: [...there].some((id) => bodyOf(id).op === 'revoke' && !past(epoch.id).has(id)),
  };
}

/** What a roster says, in the judge's words. */
export function verdictOf(roster: Roster): Verdict {
  const { members, revoked, epoch, recovery, needsRotation } = state(roster);
  return {
    members: [...members],
    revoked: [...revoked.keys()],
    epoch: { number: epoch?.number ?? 0, keyHash: epoch?.keyHash ?? '' },
    recovery,
    needsRotation,
  };
}

/**
 * Members that must not be there, by one plain look at the statements: a member has an admission that builds on every removal of it.
 * Knows nothing of rights, and shares no code with the room.
 */
export function wronglyIn(roster: Roster): PeerId[] {
  const bodies = new Map(statements(roster).map(({ body }) => [crypto.hash(body), JSON.parse(body)]));
  const buildsOn = (from: string, wanted: string): boolean => {
    const seen = new Set<string>();
    const open = [from];
    for (const id of open) {
      for (const parent of bodies.get(id)?.parents ?? []) {
        if (parent === wanted) return true;
        if (!seen.has(parent)) open.push(parent);
        seen.add(parent);
      }
    }
    return false;
  };
  const all = [...bodies];
  return [...state(roster).members.keys()].filter((peer) => {
    const removals = all.filter(([, body]) => body.op === 'revoke' && body.device === peer);
    const ways = all.filter(([, { op, by, device }]) => (op === 'found' ? by : ['admit', 'recover'].includes(op) && device) === peer);
    return !ways.some(([way]) => removals.every(([removal]) => buildsOn(way, removal)));
  });
}

// --- chance ----------------------------------------------------------------------------------------------------------------------------

export function randomOf(seed: number): () => number {
  let now = (seed * 2654435761 + 1) >>> 0;
  return () => {
    now = (now + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(now ^ (now >>> 15), now | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let index = all.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [all[index], all[other]] = [all[other] as T, all[index] as T];
  }
  return all;
}

function pick<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}
