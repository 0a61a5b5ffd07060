// Who is let in and who is not, over whole nodes in memory: each with its own roster, keys and files.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { wordsFor } from '../fakes/fake-links.ts';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, failing, leadsFor, peerOf, question, reading, seen } from './node-fixtures.ts';
import { ask, bearer, connected, founder, isMember, keyFile, letIn, memberOf, start, two } from './node-trust-fixtures.ts';

afterEach(cleanUpNodes);

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

  test('who let it in is kept: name, words and swarm, for its person to judge afterwards', async () => {
    const { swarm, desk, laptop } = await two();
    const { swarm: id } = desk.node.view().membership;
    const letInBy = { peerId: desk.id, name: 'DESK', words: wordsFor(laptop.id, desk.id), swarm: id };
    expect(laptop.node.view().membership).toMatchObject({ swarm: id, letIn: letInBy });
    expect(desk.node.view().membership.letIn).toBeNull();
    await laptop.stop();
    const again = await start(swarm, 'LAPTOP', { folder: laptop.folder });
    expect(again.node.view().membership.letIn).toMatchObject(letInBy);
    await again.control.members.leave();
    expect((await seen(again, ({ key }) => key === null)).membership.letIn).toBeNull();
  });

  test('a thief of the key who founded a swarm of his own gets nobody by himself: the person is told, and chooses', async () => {
    const swarm = fakeSwarm();
    const desk = await founder(swarm, 'DESK', { settings: { role: 'leader' } });
    const thief = await bearer(swarm, desk, 'THIEF');
    await thief.control.members.found();
    await seen(thief, ({ membership }) => membership.standing === 'admin');
    const laptop = await bearer(swarm, desk);
    const { membership } = await seen(laptop, (view) => view.membership.asked.length === 2);
    expect(new Set(membership.asked.map((one) => one.swarm)).size).toBe(2);
    // the thief is quick, and the owner presses Allow too
    for (const admin of [thief, desk]) await admin.control.members.allow({ peerId: laptop.id, words: wordsFor(laptop.id, admin.id) });
    const offered = await seen(laptop, (view) => view.membership.asked.every(({ state }) => state === 'offered'));
    expect(offered.membership).toMatchObject({ standing: 'pending', members: [] });
    expect(await failing(laptop.control.members.choose({ peerId: 'nobody'.padEnd(50, 'x') }))).toBe('not-found');
    await laptop.control.members.choose({ peerId: desk.id });
    await isMember(laptop);
    expect(laptop.node.view().membership).toMatchObject({ swarm: desk.node.view().membership.swarm, letIn: { name: 'DESK' } });
    await leadsFor(laptop, desk);
    expect((await ask(laptop)).failure).toBeNull();
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

describe('removal', () => {
  test('cuts a running answer, is refused ever after, and gives the others a new key; they lose nothing', async () => {
    const { swarm, desk, laptop } = await two({ engine: { tokensPerSecond: 50 } });
    const phone = await bearer(swarm, desk, 'PHONE');
    await letIn(desk, phone);
    await leadsFor(phone, desk);
    const before = keyFile(desk);
    const [cut, kept] = [reading(laptop.control.ask({ request: question('a') })), reading(phone.control.ask({ request: question('b') }))];
    await expect.poll(() => [cut, kept].every(({ chunks }) => chunks.some(({ kind }) => kind === 'text'))).toBe(true);
    desk.engine.hang();
    await desk.control.members.revoke({ peerId: laptop.id });
    expect((await cut.ended).failure).toBe('revoked');
    desk.engine.resume();
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
    const { desk, laptop } = await two({ engine: { hangsAfter: 6 } });
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
    expect((await running.ended).failure).toBe('not-permitted');
    expect((await ask(laptop)).failure).toBe('not-permitted');
    await seen(laptop, () => memberOf(laptop, laptop)?.permissions.models === true);
    const why = await laptop.control.place({ request: question('a') });
    expect(why).toMatchObject({ placement: null, failure: { code: 'not-permitted' } });
    expect(why.candidates.find(({ leader: { peerId } }) => peerId === desk.id)?.excluded).toBe('not-permitted');
    expect(memberOf(laptop, laptop)?.permissions).toEqual({ chat: false, models: true, split: false, execute: false });
  });

  test(
    'a new name in the settings is followed; what an admin calls it afterwards stands, also over a restart',
    { timeout: 20_000 },
    async () => {
      const { swarm, desk, laptop } = await two();
      await laptop.control.settings.update({ name: 'BELLA' });
      await seen(desk, () => memberOf(desk, laptop)?.name === 'BELLA');
      await desk.control.members.rename({ peerId: laptop.id, name: 'ANNA' });
      await seen(laptop, () => memberOf(laptop, laptop)?.name === 'ANNA');
      await laptop.stop();
      const again = await start(swarm, 'BELLA', { folder: laptop.folder });
      await seen(again, () => memberOf(again, laptop)?.name === 'ANNA');
      await again.control.settings.update({ colorScheme: 'dark' });
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(memberOf(desk, laptop)?.name).toBe('ANNA');
      await again.control.settings.update({ name: 'CLARA' });
      await seen(desk, () => memberOf(desk, laptop)?.name === 'CLARA');
    },
  );

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
