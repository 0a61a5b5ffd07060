import { expect, test } from 'vitest';
import { fakeCrypto, fakePeer } from '../../test/fakes/fake-signing.ts';
import { handClock } from '../../test/fakes/hand-clock.ts';
import { defaultPermissions } from '../../src-shared/member.ts';
import type { KeptInvites } from '../store/trust-files.ts';
import { inviting } from './inviting.ts';

function issuer() {
  let kept: KeptInvites = { made: [], held: null, letIn: null, named: null };
  const now = { key: 'first' };
  const file = { get: () => kept, set: (next: KeptInvites) => void (kept = next), forget: () => undefined, damaged: false };
  const make = () =>
    inviting({ clock: handClock(), file, hash: fakeCrypto.hash, keyHash: () => fakeCrypto.hash(now.key), changed: () => undefined });
  const invites = make();
  const create = (): string => invites.create({ minutes: 15, permissions: defaultPermissions }, (token) => `${now.key}:${token}`);
  return { invites, create, now, restart: make };
}

test('made before the swarm got another key it is said to be dead, and copied again it is good again, with the same token', () => {
  const { invites, create, now } = issuer();
  const id = create();
  const [key, token = ''] = invites.text(id).split(':');
  expect([key, invites.list()[0]?.stale]).toEqual(['first', false]);
  now.key = 'second';
  expect(invites.list()[0]).toMatchObject({ stale: true, shown: true });
  expect(invites.text(id)).toBe(`second:${token}`);
  expect(invites.list()[0]?.stale).toBe(false);
  expect(invites.redeem({ peerId: fakePeer('B'), name: 'B', words: '', by: 'invite', token }).kind).toBe('ok');
});

test('after a restart its text is gone: only the list still says that it is dead', () => {
  const { create, now, restart } = issuer();
  const id = create();
  now.key = 'second';
  const again = restart();
  expect(again.list()[0]).toMatchObject({ stale: true, shown: false });
  expect(() => again.text(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
});

test('one that was used is done, whatever the key is', () => {
  const { invites, create, now } = issuer();
  const token = invites.text(create()).split(':')[1] ?? '';
  invites.redeem({ peerId: fakePeer('B'), name: 'B', words: '', by: 'invite', token });
  now.key = 'second';
  expect(invites.list()[0]?.stale).toBe(false);
});
