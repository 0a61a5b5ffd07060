// Who is in the played swarm: members, invites, pairing and the ledger, as the control contract tells them.
import { implement } from '@orpc/server';
import { control } from '../../src-shared/control.ts';
import type { FailureCode } from '../../src-shared/failure.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { MemberView } from '../../src-shared/member.ts';
import { failure, pause } from './played-answers.ts';
import { founded, household, member } from './played-household.ts';
import { fakeInvite, recoveryWords } from './played-secrets.ts';
import { following } from './played-stage.ts';
import type { Stage } from './played-stage.ts';

/** @param note what the window called @param changeKey null: it has no key any more */
// oxlint-disable-next-line typescript/explicit-function-return-type -- a part of the router
export function fakeTrust(stage: Stage, note: (name: string, input?: unknown) => void, changeKey: (fingerprint: string | null) => void) {
  const os = implement(control);
  const change = stage.changeMembership;
  const editMember = (peerId: string, edit: Partial<MemberView>): void =>
    change(({ members }) => ({ members: members.map((member) => (member.peerId === peerId ? { ...member, ...edit } : member)) }));
  const lastAdmin = (peerId: string): boolean => {
    const { members } = stage.view().membership;
    const admins = members.filter(({ role }) => role === 'admin');
    return members.length > 1 && admins.length === 1 && admins[0]?.peerId === peerId;
  };
  return {
    members: {
      found: os.members.found.handler(() => {
        note('members.found');
        change(() => founded(stage.view().self.name));
      }),
      allow: os.members.allow.handler(({ input }) => {
        note('members.allow', input);
        const found = stage.view().membership.applicants.find(({ peerId, words }) => peerId === input.peerId && words === input.words);
        if (found === undefined) throw failure('not-found');
        change(({ applicants, members }) => ({
          applicants: applicants.filter((applicant) => applicant !== found),
          members: [...members, member(found.peerId, found.name, { connected: true })],
        }));
      }),
      refuse: os.members.refuse.handler(({ input }) => {
        note('members.refuse', input);
        change(({ applicants }) => ({ applicants: applicants.filter(({ peerId }) => peerId !== input.peerId) }));
      }),
      choose: os.members.choose.handler(({ input }) => note('members.choose', input)),
      revoke: os.members.revoke.handler(({ input }) => {
        note('members.revoke', input);
        if (lastAdmin(input.peerId)) throw failure('last-admin');
        change(({ members, removed, epoch }) => ({
          members: members.filter(({ peerId }) => peerId !== input.peerId),
          removed: [...removed, ...members.filter(({ peerId }) => peerId === input.peerId).map(({ peerId, name }) => ({ peerId, name }))],
          epoch: epoch + 1,
        }));
      }),
      rename: os.members.rename.handler(({ input }) => {
        note('members.rename', input);
        editMember(input.peerId, { name: input.name });
      }),
      setRole: os.members.setRole.handler(({ input }) => {
        note('members.setRole', input);
        if (input.role === 'member' && lastAdmin(input.peerId)) throw failure('last-admin');
        editMember(input.peerId, { role: input.role });
      }),
      setPermissions: os.members.setPermissions.handler(({ input }) => {
        note('members.setPermissions', input);
        editMember(input.peerId, { permissions: input.permissions });
      }),
      leave: os.members.leave.handler(() => {
        note('members.leave');
        changeKey(null);
        change(() => noMembership);
      }),
      recover: os.members.recover.handler(({ input }) => {
        note('members.recover', input.code.length);
        if (input.code !== recoveryWords) throw failure('recovery-wrong');
        change(() => founded(stage.view().self.name));
      }),
    },
    invites: {
      create: os.invites.create.handler(({ input }) => {
        note('invites.create', input);
        const id = `invite-${stage.view().membership.invites.length + 1}`;
        const createdAt = Date.now();
        const expiresAt = createdAt + input.minutes * 60_000;
        change(({ invites }) => ({ invites: [...invites, { id, createdAt, expiresAt, usedBy: null, shown: true, stale: false }] }));
        return { id };
      }),
      cancel: os.invites.cancel.handler(({ input }) => {
        note('invites.cancel', input);
        change(({ invites }) => ({ invites: invites.filter(({ id }) => id !== input.id) }));
      }),
      accept: os.invites.accept.handler(({ input }) => {
        note('invites.accept', { length: input.text.length, replace: input.replace });
        if (input.text !== fakeInvite) throw failure(input.text.endsWith('USED') ? 'invite-used' : 'invite-bad');
        if (stage.view().key !== null && !input.replace) throw failure('key-exists');
        changeKey('7b-10-ee-52');
        change(() => ({ ...noMembership, standing: 'member', members: household() }));
      }),
    },
    pairing: {
      hold: os.pairing.hold.handler(async function* ({ signal }) {
        note('pairing.hold');
        const ended = new Promise<FailureCode | null>((resolve) => {
          stage.holds.add(resolve);
          signal?.addEventListener('abort', () => {
            stage.holds.delete(resolve);
            resolve(null);
          });
        });
        const expiresAt = Date.now() + 120_000;
        change(() => ({ pairing: { code: 'K7QM-4XWP', expiresAt, triesLeft: 3, addresses: ['127.0.0.1:40123', '192.168.1.31:40123'] } }));
        yield true as const;
        const why = await ended;
        if (why !== null) stage.holds.clear();
        if (stage.holds.size === 0) change(() => ({ pairing: null }));
        if (why !== null) throw failure(why);
      }),
      nearby: os.pairing.nearby.handler(({ signal }) => following(stage.watchers, stage.nearby, signal)),
      join: os.pairing.join.handler(async function* ({ input, signal }) {
        note('pairing.join', input);
        yield { kind: 'searching' as const };
        if (input.code === 'NQBDYXXX') await pause(60_000, signal);
        if (input.code !== 'K7QM4XWP') throw failure(input.code === 'EXPRD234' ? 'code-expired' : 'code-wrong');
        yield { kind: 'words' as const, name: 'GPU-DESKTOP', words: 'otter-lemon-river' };
        await new Promise<void>((resolve) => {
          stage.onWelcome(resolve);
          signal?.addEventListener('abort', () => resolve());
        });
        if (signal?.aborted === true) return;
        changeKey('7b-10-ee-52');
        change(() => ({ ...noMembership, standing: 'member', members: household() }));
        yield { kind: 'joined' as const, name: 'GPU-DESKTOP' };
      }),
    },
    ledger: os.ledger.handler(({ input }) => {
      note('ledger', input);
      const { entries, brokenAt, missing } = stage.ledger;
      const newest = entries.toSorted((a, b) => b.number - a.number);
      const from = input.before;
      const below = from === undefined ? newest : newest.filter(({ number }) => number < from);
      return { entries: below.slice(0, input.limit), total: entries.length, brokenAt, missing };
    }),
  };
}
