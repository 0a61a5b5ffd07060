import { expect, test, vi } from 'vitest';
import type { News } from '../membership/ports.ts';
import type { KeptInvites } from '../store/trust-files.ts';
import { applying } from './applying.ts';

const news: News = { statements: [], keys: [] };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function device(more: { held?: KeptInvites['held']; pending?: boolean; adopts?: boolean } = {}) {
  const calls = { forgetInvite: vi.fn(), reach: vi.fn(), adopt: vi.fn(() => more.adopts ?? true), trustChanged: vi.fn() };
  const application = applying({
    log,
    name: () => 'LAPTOP',
    pending: () => more.pending ?? true,
    held: () => more.held ?? null,
    changed: () => undefined,
    ...calls,
  });
  return { application, ...calls };
}
const held = { swarm: 'a'.repeat(64), issuer: 'desk', token: 'secret', addresses: [] };

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
  stays.application.heard('desk', { kind: 'words', name: 'DESK', words: 'a-b-c' });
  stays.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(stays.application.asked()).toEqual([{ peerId: 'desk', name: 'DESK', words: 'a-b-c', state: 'waiting' }]);
  const joins = device();
  joins.application.heard('desk', { kind: 'words', name: 'DESK', words: 'a-b-c' });
  joins.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(joins.application.asked()).toEqual([]);
  const member = device({ pending: false });
  member.application.heard('desk', { kind: 'welcome', name: 'DESK', news });
  expect(member.adopt).not.toHaveBeenCalled();
});

test('thirty-two are remembered', () => {
  const { application } = device();
  for (let at = 0; at < 100; at += 1) application.heard(`peer ${at}`, { kind: 'words', name: 'x', words: 'a-b-c' });
  expect(application.asked()).toHaveLength(32);
  expect(application.asked()[0]?.peerId).toBe('peer 68');
});
