import { expect, test, vi } from 'vitest';
import type { News } from '../membership/ports.ts';
import type { KeptInvites } from '../store/trust-files.ts';
import { applying, type Welcomer } from './applying.ts';

const news: News = { statements: [], keys: [] };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function device(more: { held?: KeptInvites['held']; pending?: boolean; adopts?: boolean; swarm?: string } = {}) {
  const calls = {
    forgetInvite: vi.fn(),
    reach: vi.fn(),
    adopt: vi.fn((_from: Welcomer, _news: News) => more.adopts ?? true),
    trustChanged: vi.fn(),
  };
  const application = applying({
    log,
    name: () => 'LAPTOP',
    pending: () => more.pending ?? true,
    swarm: () => more.swarm ?? null,
    held: () => more.held ?? null,
    changed: () => undefined,
    ...calls,
  });
  return { application, ...calls };
}
const [swarm, other] = ['a'.repeat(64), 'b'.repeat(64)];
const held = { swarm: 'a'.repeat(64), issuer: 'desk', name: 'DESK', token: 'secret', addresses: [] };

test('the token of an invite goes to its issuer, and nobody else is bothered', () => {
  const { application } = device({ held });
  expect([application.application('desk'), application.application('other')]).toEqual([{ name: 'LAPTOP', token: 'secret' }, null]);
  expect(device().application.application('other')).toEqual({ name: 'LAPTOP' });
  expect(device({ pending: false }).application.application('desk')).toBeNull();
});

test('only the issuer can end an invite; others that refuse are only noted', () => {
  const { application, forgetInvite } = device({ held });
  application.heard('other', { kind: 'refused', name: 'OTHER', why: 'invite-used' });
  expect([forgetInvite.mock.calls.length, application.trouble()]).toEqual([0, null]);
  application.heard('desk', { kind: 'refused', name: 'DESK', why: 'invite-used' });
  expect([forgetInvite.mock.calls.length, application.trouble()?.code]).toEqual([1, 'invite-used']);
  expect(application.application('desk')).toBeNull();
});

test('admins that are named are dialled, eight at four addresses at most', () => {
  const { application, reach } = device();
  const admins = Array.from({ length: 50 }, (_, at) => ({
    peerId: `admin ${at}`,
    name: '',
    addresses: Array.from({ length: 50 }, () => '/ip4/1.2.3.4/tcp/1'),
  }));
  application.heard('other', { kind: 'elsewhere', name: 'OTHER', admins, open: false });
  expect(reach).toHaveBeenCalledTimes(32);
  expect([application.met(), application.isOpen('other')]).toEqual([true, false]);
});

test('one that takes anyone is believed for itself, until it says otherwise', () => {
  const { application, trustChanged } = device();
  const told = (open: boolean) => application.heard('other', { kind: 'elsewhere', name: 'OTHER', admins: [], open });
  told(true);
  told(true);
  expect([application.isOpen('other'), application.isOpen('third'), trustChanged.mock.calls.length]).toEqual([true, false, 1]);
  told(false);
  expect(application.isOpen('other')).toBe(false);
});

test('a welcome that makes this device no member changes nothing; a member hears nothing at all', () => {
  const stays = device({ adopts: false });
  stays.application.heard('desk', { kind: 'words', name: 'DESK', words: 'a-b-c', swarm });
  stays.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(stays.application.asked()).toEqual([{ peerId: 'desk', name: 'DESK', words: 'a-b-c', swarm, state: 'waiting' }]);
  const joins = device();
  joins.application.heard('desk', { kind: 'words', name: 'DESK', words: 'a-b-c', swarm });
  joins.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(joins.application.asked()).toEqual([]);
  const member = device({ pending: false });
  member.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(member.adopt).not.toHaveBeenCalled();
});

test('thirty-two are remembered', () => {
  const { application } = device();
  for (let at = 0; at < 100; at += 1) application.heard(`peer ${at}`, { kind: 'words', name: 'x', words: 'a-b-c', swarm });
  expect(application.asked()).toHaveLength(32);
  expect(application.asked()[0]?.peerId).toBe('peer 68');
});

const words = (text: string, of = swarm) => ({ kind: 'words', name: 'DESK', words: text, swarm: of }) as const;
const welcome = { kind: 'welcome', name: 'DESK', news } as const;

test('a welcome counts of a machine whose words are on this screen, for the swarm that they stand for, and of no other', () => {
  const { application, adopt } = device();
  application.heard('desk', welcome);
  application.heard('desk', words('a-b-c'));
  application.heard('thief', welcome);
  expect(adopt).not.toHaveBeenCalled();
  application.heard('desk', { kind: 'refused', name: 'DESK', why: 'no' });
  application.heard('desk', welcome);
  expect(adopt).not.toHaveBeenCalled();
  application.heard('desk', words('d-e-f'));
  application.heard('desk', welcome);
  expect(adopt.mock.calls).toEqual([[{ peerId: 'desk', name: 'DESK', words: 'd-e-f', swarm }, news]]);
});

test('with an invite only its issuer can let in, and no words have to be compared', () => {
  const { application, adopt } = device({ held });
  application.heard('other', words('a-b-c', other));
  application.heard('other', welcome);
  expect(adopt).not.toHaveBeenCalled();
  application.heard('desk', words('a-b-c'));
  application.heard('desk', welcome);
  expect(adopt.mock.calls).toEqual([[{ peerId: 'desk', name: 'DESK', words: '', swarm }, news]]);
});

test('where machines of two swarms have the key, nobody is believed before the person chose', () => {
  const { application, adopt } = device();
  application.heard('desk', words('a-b-c'));
  application.heard('thief', { ...words('x-y-z', other), name: 'THIEF' });
  application.heard('thief', { ...welcome, name: 'THIEF' });
  application.heard('desk', welcome);
  expect(adopt).not.toHaveBeenCalled();
  expect(application.asked().map(({ peerId, state }) => [peerId, state])).toEqual([
    ['thief', 'offered'],
    ['desk', 'offered'],
  ]);
  // it was let in there: nothing more to ask for
  expect(application.application('thief')).toBeNull();
  expect(() => application.choose('nobody')).toThrow(expect.objectContaining({ code: 'not-found' }));
  application.choose('desk');
  expect(adopt.mock.calls).toEqual([[{ peerId: 'desk', name: 'DESK', words: 'a-b-c', swarm }, news]]);
});

test('chosen before anybody pressed Allow: that swarm’s welcome is taken, the other one’s is not', () => {
  const { application, adopt } = device();
  application.heard('thief', { ...words('x-y-z', other), name: 'THIEF' });
  application.heard('desk', words('a-b-c'));
  application.choose('desk');
  application.heard('thief', { ...welcome, name: 'THIEF' });
  expect(adopt).not.toHaveBeenCalled();
  application.heard('desk', welcome);
  expect(adopt).toHaveBeenCalledOnce();
});

test('a device that has the list of one founder takes no other one’s by itself', () => {
  const { application, adopt } = device({ swarm: other });
  application.heard('desk', words('a-b-c'));
  application.heard('desk', welcome);
  expect(adopt).not.toHaveBeenCalled();
  application.choose('desk');
  expect(adopt).toHaveBeenCalledOnce();
});

test('thrown out by the issuer of its invite, it says that the invite is too old, until somebody speaks with it after all', () => {
  const { application, forgetInvite } = device({ held });
  application.shutOut('other');
  expect(application.trouble()).toBeNull();
  application.shutOut('desk');
  expect(application.trouble()?.code).toBe('invite-expired');
  expect(forgetInvite).not.toHaveBeenCalled();
  application.heard('desk', words('a-b-c'));
  expect(application.trouble()).toBeNull();
});
