import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { fakeCrypto as crypto, fakePeer } from '../../test/fakes/fake-signing.ts';
import { Failure } from '../../src-shared/failure.ts';
import { invitePrefix, maxInviteBytes } from '../../src-shared/member.ts';
import { inviteText, parseInvite, redeem, type Invite, type IssuedInvite } from './invite.ts';

const invite: Invite = {
  swarm: crypto.hash('swarm'),
  key: crypto.hash('key'),
  issuer: fakePeer('A'),
  name: 'Zoë 🦦',
  token: 'AAECAwQFBgcICQoLDA0ODw',
  addresses: ['/ip4/192.168.1.5/tcp/4001', '/ip6/fe80::1/tcp/4001'],
  expires: 1_800_000_000_000,
};
let text: string;
beforeEach(() => {
  text = inviteText(crypto, invite);
});
const packed = (json: string, check = crypto.hash(`axon-invite:\n${json}`).slice(0, 8)): string =>
  invitePrefix + Buffer.from(json + check).toString('base64url');
const reads = (damaged: string): string => {
  try {
    parseInvite(crypto, damaged);
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.message}`;
  }
  return 'read';
};

describe('an invite', () => {
  test('survives as text, also with line breaks in it', () => {
    expect(parseInvite(crypto, text)).toEqual(invite);
    expect(text).toMatch(/^axon-invite:[A-Za-z0-9_-]+$/);
    expect(text).toBe(packed(JSON.stringify({ v: 1, ...invite })));
    expect(parseInvite(crypto, `\r\n ${text.replaceAll(/(.{40})/g, '$1\r\n\t')}\n`)).toEqual(invite);
    for (const name of ['a', 'ab', 'abc', 'ÿ~?>', '\u{fffd}'])
      expect(parseInvite(crypto, inviteText(crypto, { ...invite, name })).name).toBe(name);
  });

  test('tells what is wrong with it', () => {
    expect(reads('')).toBe('invite-bad: It is empty.');
    expect(reads(' \n')).toBe('invite-bad: It is empty.');
    expect(reads('x'.repeat(maxInviteBytes + 1))).toBe('invite-bad: It is too long for an invite.');
    expect(reads('/key/swarm/psk/1.0.0/')).toBe('invite-bad: It is no invite: those begin with "axon-invite:".');
    expect(reads(` ${text.slice(1)}`)).toBe('invite-bad: It is no invite: those begin with "axon-invite:".');
    expect(reads(`${text}!`)).toBe('invite-bad: It has characters that no invite has.');
    expect(reads(`${invitePrefix}+${text.slice(invitePrefix.length + 1)}`)).toBe('invite-bad: It has characters that no invite has.');
    for (const cut of [1, 2, 3, 4, 20]) expect(reads(text.slice(0, -cut))).toBe('invite-bad: Its end is missing: copy all of it.');
    expect(reads(invitePrefix)).toBe('invite-bad: Its end is missing: copy all of it.');
    const changed = JSON.stringify({ v: 1, ...invite, name: 'Zoe' });
    expect(reads(packed(changed, crypto.hash('other').slice(0, 8)))).toBe('invite-bad: It was changed on its way.');
    expect(reads(packed('{"v":2}'))).toBe('invite-bad: It was made by a newer Axon: update this one.');
    expect(reads(packed(JSON.stringify({ ...invite, v: 1, more: 1 })))).toBe('invite-bad: It is not what an invite says.');
    for (const json of ['', '{', 'null', '{"v":1}', '{"v":0}', '{"v":"2"}'])
      expect(reads(packed(json))).toBe('invite-bad: It is not what an invite says.');
  });

  test.each<[string, Partial<Record<keyof Invite, unknown>>]>([
    ['swarm', { swarm: 'x' }],
    ['key', { key: `${invite.key}0` }],
    ['issuer', { issuer: 'me' }],
    ['name', { name: '' }],
    ['a short token', { token: invite.token.slice(1) }],
    ['a long token', { token: `${invite.token}A` }],
    ['an odd token', { token: `${invite.token.slice(1)}!` }],
    ['an empty address', { addresses: [''] }],
    ['a long address', { addresses: ['x'.repeat(301)] }],
    ['many addresses', { addresses: Array.from({ length: 65 }, () => 'a') }],
    ['a time before time', { expires: -1 }],
    ['half a millisecond', { expires: 0.5 }],
  ])('is not read with a wrong %s, nor made', (_, wrong) => {
    expect(reads(packed(JSON.stringify({ v: 1, ...invite, ...wrong })))).toBe('invite-bad: It is not what an invite says.');
    expect(() => inviteText(crypto, { ...invite, ...wrong } as Invite)).toThrow();
  });

  test('never says in a failure what is in it, and one changed character is noticed', () => {
    const random = fc.record({ at: fc.nat(text.length - invitePrefix.length - 1), to: fc.constantFrom('A', 'a', '0', '_', '-', 'Z') });
    fc.assert(
      fc.property(random, ({ at, to }) => {
        const place = invitePrefix.length + at;
        const other = text.slice(0, place) + to + text.slice(place + 1);
        if (other === text) return;
        const what = reads(other);
        // the last character has bits that are not used
        if (place < text.length - 1) expect(what).toMatch(/^invite-bad: (It was changed on its way|Its end is missing)/);
        expect(what).not.toContain(invite.key);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test('leaves addresses out that would make it too long', () => {
    const addresses = Array.from({ length: 64 }, (_, index) => `/ip4/10.0.0.${index}/tcp/4001`.padEnd(120, 'x'));
    const long = inviteText(crypto, { ...invite, addresses });
    expect(long.length).toBeLessThanOrEqual(maxInviteBytes);
    const read = parseInvite(crypto, long).addresses;
    expect(read).toEqual(addresses.slice(0, read.length));
    expect(inviteText(crypto, { ...invite, addresses: addresses.slice(0, read.length + 1) })).toBe(long);
    expect(read.length).toBeGreaterThan(10);
    expect(parseInvite(crypto, inviteText(crypto, { ...invite, addresses: [] })).addresses).toEqual([]);
  });
});

describe('the issuer', () => {
  const permissions = { chat: true, models: true, split: false, execute: false };
  const made: IssuedInvite = { id: 'one', tokenHash: 'h1', createdAt: 0, expiresAt: 1000, permissions, usedBy: null };
  const other: IssuedInvite = { ...made, id: 'two', tokenHash: 'h2' };
  const [b, c] = [fakePeer('B'), fakePeer('C')].map((peerId) => ({ peerId, name: 'x' })) as [
    { peerId: string; name: string },
    { peerId: string; name: string },
  ];

  test('lets in one device by each invite, and that one again', () => {
    const first = redeem([other, made], 'h1', b, 999);
    expect(first).toEqual({ kind: 'ok', id: 'one', invites: [other, { ...made, usedBy: b }], permissions, again: false });
    const invites = first.kind === 'ok' ? first.invites : [];
    // also after its time: the answer may have been lost
    expect(redeem(invites, 'h1', { ...b, name: 'renamed' }, 5000)).toEqual({ kind: 'ok', id: 'one', invites, permissions, again: true });
    expect(redeem(invites, 'h1', c, 1)).toEqual({ kind: 'invite-used' });
    expect(redeem(invites, 'h2', c, 1)).toMatchObject({ kind: 'ok', id: 'two', again: false });
  });

  test('knows no other token, and goes by its own clock', () => {
    expect(redeem([made], 'h3', b, 1)).toEqual({ kind: 'invite-bad' });
    expect(redeem([], '', b, 1)).toEqual({ kind: 'invite-bad' });
    expect(redeem([made], 'h1', b, 1000)).toEqual({ kind: 'invite-expired' });
  });
});
