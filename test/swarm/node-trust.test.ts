// Who is let in and who is not, over whole nodes in memory: each with its own roster, keys and files.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeSwarm, type FakeSwarm } from '../fakes/fake-network.ts';
import {
  cleanUpNodes,
  failing,
  leadsFor,
  peerOf,
  question,
  reading,
  seen,
  startTestNode,
  type TestNode,
  type TestNodeOptions,
} from './node-fixtures.ts';

afterEach(cleanUpNodes);

type More = Omit<Partial<TestNodeOptions>, 'settings'> & { settings?: TestNodeOptions['settings'] };
const start = (swarm: FakeSwarm, name: string, { settings = {}, ...more }: More = {}): Promise<TestNode> =>
  startTestNode({ swarm, key: null, ...more, settings: { name, open: false, ...settings } });

async function founder(swarm: FakeSwarm, name = 'DESK', more: More = {}): Promise<TestNode> {
  const node = await start(swarm, name, more);
  await node.control.key.create();
  await seen(node, ({ membership }) => membership.standing === 'admin');
  return { ...node, id: node.node.view().self.peerId ?? '' };
}

/** With a copy of that machine's swarm.key, and nothing else. */
async function bearer(swarm: FakeSwarm, of: TestNode, name = 'LAPTOP', more: More = {}): Promise<TestNode> {
  return start(swarm, name, { key: readFileSync(join(of.folder, 'swarm.key'), 'utf8'), ...more });
}

async function letIn(admin: TestNode, device: TestNode): Promise<void> {
  const { membership } = await seen(admin, (view) => view.membership.applicants.some(({ peerId }) => peerId === device.id));
  const words = membership.applicants.find(({ peerId }) => peerId === device.id)?.words ?? '';
  await admin.control.members.allow({ peerId: device.id, words });
  await isMember(device);
  await connected(admin, device);
}

const isMember = (node: TestNode) => seen(node, ({ membership }) => membership.standing === 'member' || membership.standing === 'admin');
const connected = (a: TestNode, b: TestNode) => seen(a, (view) => peerOf(view, b)?.state === 'connected');
const memberOf = (at: TestNode, who: TestNode) => at.node.view().membership.members.find(({ peerId }) => peerId === who.id);
const ask = (node: TestNode, peer?: string) =>
  reading(node.control.ask({ request: question('why?'), ...(peer === undefined ? {} : { peer }) })).ended;
const keyFile = (node: TestNode): string => readFileSync(join(node.folder, 'swarm.key'), 'utf8');

/** A leading admin and a member that it let in. */
async function two(more: More = {}): Promise<{ swarm: FakeSwarm; desk: TestNode; laptop: TestNode }> {
  const swarm = fakeSwarm();
  const desk = await founder(swarm, 'DESK', { ...more, settings: { role: 'leader', ...more.settings } });
  const laptop = await bearer(swarm, desk);
  await letIn(desk, laptop);
  await leadsFor(laptop, desk);
  return { swarm, desk, laptop };
}

describe('joining', () => {
  test('who holds only the key is pending, sees no peer and gets no answer, until a person compared the words', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm, 'DESK', { settings: { role: 'leader' } });
    const laptop = await bearer(swarm, desk);
    const { membership } = await seen(desk, (view) => view.membership.applicants.length === 1);
    const [applicant] = membership.applicants;
    expect(applicant).toMatchObject({ peerId: laptop.id, name: 'LAPTOP', by: 'key' });
    const waiting = await seen(laptop, (view) => view.membership.asked.length === 1);
    expect(waiting.membership).toMatchObject({
      standing: 'pending',
      members: [],
      asked: [{ name: 'DESK', words: applicant?.words, state: 'waiting' }],
    });
    expect(waiting.peers).toEqual([]);
    expect((await ask(laptop)).failure).toBe('pending');
    expect(await failing(desk.control.members.allow({ peerId: laptop.id, words: 'other-words-here' }))).toBe('not-found');
    expect(await failing(laptop.control.members.allow({ peerId: laptop.id, words: applicant?.words ?? '' }))).toBe('not-admin');
    await letIn(desk, laptop);
    await leadsFor(laptop, desk);
    expect((await ask(laptop)).failure).toBeNull();
    expect(laptop.node.view().membership.members.map(({ name, role, self }) => [name, role, self])).toEqual([
      ['LAPTOP', 'member', true],
      ['DESK', 'admin', false],
    ]);
    expect(desk.node.view().membership.applicants).toEqual([]);
  });

  test('refused, it is told, and does not come up again by itself', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm);
    const laptop = await bearer(swarm, desk);
    await seen(desk, (view) => view.membership.applicants.length === 1);
    await desk.control.members.refuse({ peerId: laptop.id });
    await seen(laptop, (view) => view.membership.asked[0]?.state === 'refused');
    laptop.node.nudge();
    await laptop.stop();
    const again = await bearer(swarm, desk, 'LAPTOP', { folder: laptop.folder });
    await seen(again, (view) => view.membership.asked[0]?.state === 'refused');
    await seen(desk, (view) => view.membership.applicants.length === 0);
    expect(memberOf(desk, laptop)).toBeUndefined();
  });

  test('it may knock at a member, is sent on to an admin, and is known to all once it is in', async () => {
    const { swarm, desk, laptop } = await two();
    const phone = await bearer(swarm, desk, 'PHONE');
    await letIn(desk, phone);
    await connected(phone, laptop);
    await seen(laptop, () => memberOf(laptop, phone) !== undefined);
  });

  test('a key that nobody has a roster for: the first machine founds it; one that knows its members does not', async () => {
    const swarm = fakeSwarm();
    const { newSwarmKey, swarmKeyText } = await import('../../src-main/network/swarm-key.ts');
    const node = await start(swarm, 'A', { key: swarmKeyText(newSwarmKey()) });
    expect(node.node.view().membership.standing).toBe('pending');
    await node.control.members.found();
    await seen(node, ({ membership }) => membership.standing === 'admin' && membership.epoch === 1);
    expect(await failing(node.control.members.found())).toBe('key-exists');
  });

  test('roster, role and keys survive a restart', async () => {
    const { swarm, desk, laptop } = await two();
    await desk.stop();
    await laptop.stop();
    for (const name of ['roster.json', 'keys.json', 'swarm.key'])
      if (process.platform !== 'win32') expect(statSync(join(laptop.folder, name)).mode & 0o777).toBe(0o600);
    const [again, back] = [
      await start(swarm, 'DESK', { folder: desk.folder, settings: { role: 'leader' } }),
      await start(swarm, 'LAPTOP', { folder: laptop.folder }),
    ];
    expect([again.node.view().membership.standing, back.node.view().membership.standing]).toEqual(['admin', 'member']);
    await leadsFor(back, again);
    expect((await ask(back)).failure).toBeNull();
  });
});

describe('an invite', () => {
  const inviteOf = async (desk: TestNode, minutes = 15): Promise<string> => {
    const { id } = await desk.control.invites.create({ minutes });
    return desk.node.secret({ kind: 'invite', id });
  };

  test('lets one device in without a click, and no other', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm);
    const text = await inviteOf(desk);
    expect(text).toMatch(/^axon-invite:[\w-]+$/);
    expect(desk.node.view().membership.invites).toEqual([]);
    await seen(desk, ({ membership }) => membership.invites[0]?.shown === true && membership.invites[0].usedBy === null);
    const [first, second] = [await start(swarm, 'FIRST'), await start(swarm, 'SECOND')];
    await first.control.invites.accept({ text });
    await isMember(first);
    const view = await seen(desk, ({ membership }) => membership.invites[0]?.usedBy !== null);
    expect(view.membership.invites[0]).toMatchObject({ usedBy: { name: 'FIRST' }, shown: false });
    await second.control.invites.accept({ text });
    await seen(second, ({ troubles }) => troubles.some(({ code }) => code === 'invite-used'));
    expect(second.node.view().membership.standing).toBe('pending');
    // the token is on no disk of the issuer
    const token = (
      JSON.parse(
        Buffer.from(text.split(':')[1] ?? '', 'base64url')
          .toString('utf8')
          .slice(0, -8),
      ) as { token: string }
    ).token;
    for (const name of readdirSync(desk.folder)) {
      const path = join(desk.folder, name);
      if (statSync(path).isFile()) expect(readFileSync(path, 'utf8'), name).not.toContain(token);
    }
  });

  test('is good again for the same device when the answer was lost, and works without mDNS', async () => {
    const swarm = fakeSwarm({ mdns: false });
    const desk = await founder(swarm);
    const text = await inviteOf(desk);
    const laptop = await start(swarm, 'LAPTOP');
    await laptop.control.invites.accept({ text });
    await isMember(laptop);
    await laptop.stop();
    // as if the welcome had never come
    for (const name of ['roster.json', 'roster.json.bak', 'swarm.key'])
      if (existsSync(join(laptop.folder, name))) writeFileSync(join(laptop.folder, name), '');
    const { rmSync } = await import('node:fs');
    for (const name of ['roster.json', 'roster.json.bak', 'swarm.key']) rmSync(join(laptop.folder, name), { force: true });
    const again = await start(swarm, 'LAPTOP', { folder: laptop.folder });
    await again.control.invites.accept({ text });
    await isMember(again);
    expect(again.node.view().self.peerId).toBe(desk.node.view().membership.members.find(({ self }) => !self)?.peerId);
  });

  test('expires, can be taken back, and is no way back for a device that was removed', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm);
    const text = await inviteOf(desk);
    const [invite] = (await seen(desk, ({ membership }) => membership.invites.length === 1)).membership.invites;
    await desk.control.invites.cancel({ id: invite?.id ?? '' });
    const late = await start(swarm, 'LATE');
    await late.control.invites.accept({ text });
    await seen(late, ({ troubles }) => troubles.some(({ code }) => code === 'invite-bad'));
    const other = await inviteOf(desk);
    const guest = await start(swarm, 'GUEST');
    await guest.control.invites.accept({ text: other });
    await isMember(guest);
    const id = guest.node.view().self.peerId ?? '';
    await desk.control.members.revoke({ peerId: id });
    await seen(guest, ({ membership }) => membership.standing === 'revoked');
    await guest.control.invites.accept({ text: other });
    await inviteOf(desk);
    await seen(guest, ({ membership }) => membership.standing !== 'member');
    expect(desk.node.view().membership.members.map(({ name }) => name)).toEqual(['DESK']);
    expect(await failing(guest.control.invites.accept({ text: 'axon-invite:nonsense' }))).toBe('invite-bad');
  });

  test('lets a removed device in again when an admin makes one for it', async () => {
    const { desk, laptop } = await two();
    // one that was open when it was removed is not for it
    await inviteOf(desk);
    await desk.control.members.revoke({ peerId: laptop.id });
    await seen(laptop, ({ membership }) => membership.standing === 'revoked');
    laptop.node.nudge();
    const { checks } = await laptop.control.doctor();
    expect(checks.find(({ name }) => name === 'peers')).toMatchObject({
      outcome: 'fault',
      found: 'This device was removed from the swarm.',
    });
    await laptop.control.invites.accept({ text: await inviteOf(desk) });
    await isMember(laptop);
    await leadsFor(laptop, desk);
    expect((await ask(laptop)).failure).toBeNull();
  });

  test('its picture is an SVG without the text', async () => {
    const desk = await founder(fakeSwarm());
    const { id } = await desk.control.invites.create({});
    const picture = await desk.node.secret({ kind: 'invite-picture', id });
    expect(picture).toMatch(/^<svg /);
    expect(picture).not.toContain('axon-invite');
    await expect(desk.node.secret({ kind: 'invite', id: 'other' })).rejects.toMatchObject({ code: 'not-found' });
    const laptop = await start(fakeSwarm(), 'LAPTOP');
    expect(await failing(laptop.control.invites.create({}))).toBe('no-key');
  });
});

describe('adding a device by a code', () => {
  const hold = (desk: TestNode) => {
    const stop = new AbortController();
    const ended = (async () => {
      for await (const _open of await desk.control.pairing.hold(undefined, { signal: stop.signal }));
    })().then(
      () => null,
      (error: unknown) => (error as { data?: { code?: string }; name: string }).data?.code ?? (error as Error).name,
    );
    return { close: () => stop.abort(), ended };
  };
  const codeOf = async (desk: TestNode): Promise<string> =>
    (await seen(desk, ({ membership }) => (membership.pairing?.addresses.length ?? 0) > 0)).membership.pairing?.code ?? '';

  test('a machine without the key comes in by code, words and Allow, and gets the key', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm, 'DESK', { settings: { role: 'leader' } });
    const held = hold(desk);
    const laptop = await start(swarm, 'LAPTOP');
    const steps: string[] = [];
    const joining = (async () => {
      for await (const step of await laptop.control.pairing.join({ code: await codeOf(desk) }))
        steps.push(step.kind === 'words' ? step.words : step.kind);
    })();
    const { membership } = await seen(desk, (view) => view.membership.applicants.length === 1);
    const [applicant] = membership.applicants;
    expect(applicant).toMatchObject({ name: 'LAPTOP', by: 'code' });
    await desk.control.members.allow({ peerId: applicant?.peerId ?? '', words: applicant?.words ?? '' });
    await joining;
    expect(steps).toEqual(['searching', applicant?.words, 'joined']);
    await isMember(laptop);
    expect(keyFile(laptop)).toBe(keyFile(desk));
    held.close();
    await held.ended;
    await seen(desk, (view) => view.membership.pairing === null);
    expect(
      await failing(
        (async () => {
          for await (const _ of await laptop.control.pairing.join({ code: 'AAAA-AAAA' }));
        })(),
      ),
    ).toBe('key-exists');
  });

  test('three wrong codes end it, and only an admin may begin', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm);
    const held = hold(desk);
    await codeOf(desk);
    const laptop = await start(swarm, 'LAPTOP');
    for (let at = 0; at < 3; at += 1)
      expect(
        await failing(
          (async () => {
            for await (const _ of await laptop.control.pairing.join({ code: '0000-0000' }));
          })(),
        ),
      ).toBe('code-wrong');
    expect(await held.ended).toBe('code-wrong');
    await seen(desk, ({ membership }) => membership.pairing === null);
    expect(await hold(laptop).ended).toBe('not-admin');
  });
});

describe('removal', () => {
  test('cuts a running answer, is refused ever after, and gives the others a new key; they lose nothing', async () => {
    const { swarm, desk, laptop } = await two({ engine: { tokensPerSecond: 50 } });
    const phone = await bearer(swarm, desk, 'PHONE');
    await letIn(desk, phone);
    await leadsFor(phone, desk);
    const before = keyFile(desk);
    const [cut, kept] = [reading(laptop.control.ask({ request: question('a') })), reading(phone.control.ask({ request: question('b') }))];
    await expect.poll(() => [cut, kept].every(({ chunks }) => chunks.some(({ kind }) => kind === 'text'))).toBe(true);
    await desk.control.members.revoke({ peerId: laptop.id });
    expect((await cut.ended).failure).toBe('revoked');
    expect((await kept.ended).failure).toBeNull();
    const out = await seen(laptop, ({ membership }) => membership.standing === 'revoked');
    expect(out.peers.every(({ state }) => state !== 'connected')).toBe(true);
    const without = await seen(phone, ({ membership }) => membership.epoch === 2 && membership.removed[0]?.peerId === laptop.id);
    expect(peerOf(without, laptop)).toBeUndefined();
    await expect.poll(() => keyFile(phone) === keyFile(desk)).toBe(true);
    expect(keyFile(desk)).not.toBe(before);
    expect(keyFile(laptop)).toBe(before);
    expect((await ask(laptop)).failure).toBe('revoked');
    expect((await ask(laptop, swarm.address(desk.id))).failure).toBe('revoked');
    // with everything restarted too
    await laptop.stop();
    const again = await start(swarm, 'LAPTOP', { folder: laptop.folder });
    expect(again.node.view().membership.standing).toBe('revoked');
    expect((await ask(again, swarm.address(phone.id))).failure).not.toBeNull();
    expect(memberOf(phone, laptop)).toBeUndefined();
  });

  test('a member that slept through it comes back with its old key, learns of it, and serves the removed one nothing', async () => {
    const { swarm, desk, laptop } = await two();
    const phone = await bearer(swarm, desk, 'PHONE', { settings: { role: 'leader' } });
    await letIn(desk, phone);
    await connected(laptop, phone);
    await phone.stop();
    await desk.control.members.revoke({ peerId: laptop.id });
    await seen(laptop, ({ membership }) => membership.standing === 'revoked');
    const awake = await start(swarm, 'PHONE', { folder: phone.folder, settings: { role: 'leader' } });
    await seen(awake, ({ membership }) => membership.removed[0]?.peerId === laptop.id && membership.epoch === 2);
    await connected(awake, desk);
    expect(keyFile(awake)).toBe(keyFile(desk));
    expect((await ask(laptop, swarm.address(awake.id))).failure).not.toBeNull();
    expect(awake.engine.asked).toEqual([]);
  });

  test('of the only admin is refused; a second one may do it, and step back', async () => {
    const { desk, laptop } = await two();
    expect(await failing(desk.control.members.revoke({ peerId: desk.id }))).toBe('last-admin');
    expect(await failing(desk.control.members.setRole({ peerId: desk.id, role: 'member' }))).toBe('last-admin');
    expect(await failing(desk.control.members.leave())).toBe('last-admin');
    expect(await failing(laptop.control.members.revoke({ peerId: desk.id }))).toBe('not-admin');
    await desk.control.members.setRole({ peerId: laptop.id, role: 'admin' });
    await seen(laptop, ({ membership }) => membership.standing === 'admin');
    await laptop.control.members.setRole({ peerId: desk.id, role: 'member' });
    await seen(desk, ({ membership }) => membership.standing === 'member');
    expect(await failing(desk.control.members.rename({ peerId: laptop.id, name: 'X' }))).toBe('not-admin');
    await laptop.control.members.revoke({ peerId: desk.id });
    await seen(desk, ({ membership }) => membership.standing === 'revoked');
  });

  test('leaving: the others know, an admin makes a new key, and nothing is left here', async () => {
    const { swarm, desk, laptop } = await two();
    const phone = await bearer(swarm, desk, 'PHONE');
    await letIn(desk, phone);
    await connected(laptop, phone);
    await laptop.control.members.leave();
    await seen(laptop, (view) => view.key === null && view.membership.standing === 'none');
    expect(readdirSync(laptop.folder).filter((name) => /^(swarm\.key|roster\.json|keys\.json)$/.test(name))).toEqual([]);
    for (const node of [desk, phone])
      await seen(node, ({ membership }) => membership.removed[0]?.name === 'LAPTOP' && membership.epoch === 2);
  });
});

describe('members', () => {
  test('names and permissions reach all; without chat there is no answer, also for one that runs', async () => {
    const { desk, laptop } = await two({ engine: { tokensPerSecond: 50 } });
    await desk.control.members.rename({ peerId: laptop.id, name: 'ANNA' });
    await seen(laptop, () => memberOf(laptop, laptop)?.name === 'ANNA');
    await laptop.control.members.rename({ peerId: laptop.id, name: 'BELLA' });
    await seen(desk, () => memberOf(desk, laptop)?.name === 'BELLA');
    const running = reading(laptop.control.ask({ request: question('a') }));
    await expect.poll(() => running.chunks.some(({ kind }) => kind === 'text')).toBe(true);
    await desk.control.members.setPermissions({
      peerId: laptop.id,
      permissions: { chat: false, models: true, split: false, execute: false },
    });
    expect((await running.ended).failure).toBe('not-allowed');
    expect((await ask(laptop)).failure).toBe('not-allowed');
    await seen(laptop, () => memberOf(laptop, laptop)?.permissions.models === true);
    expect(memberOf(laptop, laptop)?.permissions).toEqual({ chat: false, models: true, split: false, execute: false });
  });

  test('a setting lets anyone with the key in, says so, and shuts them out again', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm, 'DESK', { settings: { role: 'leader', open: true } });
    const laptop = await bearer(swarm, desk);
    await leadsFor(laptop, desk);
    expect(desk.node.view().membership).toMatchObject({ open: true, applicants: [] });
    expect((await ask(laptop)).failure).toBeNull();
    // this way round it is closed: whoever took anyone in is nobody here
    await desk.control.settings.update({ open: false });
    await seen(laptop, (view) => peerOf(view, desk)?.state !== 'connected');
    expect((await ask(laptop)).failure).toBe('pending');
    await letIn(desk, laptop);
  });

  test('the ledger has every answer for others, and never what was asked', async () => {
    const { desk, laptop } = await two();
    await ask(laptop);
    await ask(desk);
    desk.engine.failNext('engine-crashed', 2);
    await ask(laptop);
    const page = await desk.control.ledger({});
    expect(page).toMatchObject({ total: 2, brokenAt: null });
    expect(page.entries.map(({ name, outcome, peerId, model }) => [name, outcome, peerId, model])).toEqual([
      ['LAPTOP', 'failed', laptop.id, 'fake'],
      ['LAPTOP', 'done', laptop.id, 'fake'],
    ]);
    expect(page.entries[1]?.tokens).toBeGreaterThan(0);
    await seen(desk, () => memberOf(desk, laptop)?.usedToday.answers === 2);
    expect(readFileSync(join(desk.folder, 'ledger.jsonl'), 'utf8')).not.toContain('why?');
    expect(await desk.node.secret({ kind: 'ledger' })).toMatch(/^number,at,name,/);
    expect((await laptop.control.ledger({})).total).toBe(0);
  });
});

describe('recovery', () => {
  test('the words make a member admin when the only admin is gone; older words do not', async () => {
    const { swarm, desk, laptop } = await two();
    const old = await desk.node.secret({ kind: 'recovery' });
    const words = await desk.node.secret({ kind: 'recovery' });
    expect(words.trim().split(' ')).toHaveLength(12);
    await seen(laptop, ({ membership }) => membership.recovery);
    await desk.stop();
    expect(await failing(laptop.control.members.recover({ code: old }))).toBe('recovery-wrong');
    expect(await failing(laptop.control.members.recover({ code: 'not twelve words' }))).toBe('recovery-wrong');
    await laptop.control.members.recover({ code: words.toUpperCase() });
    await seen(laptop, ({ membership }) => membership.standing === 'admin');
    await laptop.control.members.revoke({ peerId: desk.id });
    await seen(laptop, ({ membership }) => membership.removed[0]?.peerId === desk.id && membership.epoch === 2);
    // the lost one is found again
    const found = await start(swarm, 'DESK', { folder: desk.folder });
    await seen(found, ({ membership }) => membership.standing === 'revoked');
    await expect(laptop.node.secret({ kind: 'recovery' })).resolves.not.toBe(words);
  });
});

describe('files', () => {
  test('a roster that cannot be read is said, set aside, and brought back by a member', async () => {
    const { swarm, desk, laptop } = await two();
    await laptop.stop();
    for (const name of ['roster.json', 'roster.json.bak']) writeFileSync(join(laptop.folder, name), 'x');
    swarm.cut(desk.id, laptop.id);
    const again = await start(swarm, 'LAPTOP', { folder: laptop.folder });
    await seen(again, ({ troubles }) => troubles.some(({ code }) => code === 'roster-damaged'));
    expect(existsSync(join(laptop.folder, 'roster.json.damaged'))).toBe(true);
    swarm.heal(desk.id, laptop.id);
    await isMember(again);
    await seen(again, ({ troubles }) => troubles.length === 0);
  });

  test('an old key that a crash left in swarm.key is brought to the epoch of the roster', async () => {
    const { swarm, desk, laptop } = await two();
    const before = keyFile(desk);
    await desk.control.members.revoke({ peerId: laptop.id });
    await desk.stop();
    const after = keyFile(desk);
    writeFileSync(join(desk.folder, 'swarm.key'), before);
    const again = await start(swarm, 'DESK', { folder: desk.folder });
    expect([keyFile(again), again.node.view().membership.standing]).toEqual([after, 'admin']);
  });
});
