// The ways in without a copied swarm.key, over whole nodes in memory: invites, and the code of "Add a device".
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fakeSwarm } from '../fakes/fake-network.ts';
import { cleanUpNodes, failing, leadsFor, seen, type TestNode } from './node-fixtures.ts';
import { ask, founder, isMember, keyFile, start, two } from './node-trust-fixtures.ts';

afterEach(cleanUpNodes);

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

  test('made before the swarm got another key it is dead, says so on both sides, and copied again it is good again', async () => {
    const { swarm, desk, laptop } = await two();
    const { id } = await desk.control.invites.create({ minutes: 15 });
    const early = await desk.node.secret({ kind: 'invite', id });
    await desk.control.members.revoke({ peerId: laptop.id });
    const { membership } = await seen(desk, (view) => view.membership.epoch === 2 && view.membership.invites[0]?.stale);
    expect(membership.invites[0]).toMatchObject({ id, usedBy: null, shown: true, stale: true });
    const phone = await start(swarm, 'PHONE');
    await phone.control.invites.accept({ text: early });
    const told = await seen(phone, ({ troubles }) => troubles.some(({ code }) => code === 'invite-expired'));
    // not "removed": it never was in
    expect(told.membership).toMatchObject({ standing: 'pending', invited: { peerId: desk.id, name: 'DESK' } });
    const text = await desk.node.secret({ kind: 'invite', id });
    expect(text).not.toBe(early);
    await seen(desk, (view) => view.membership.invites[0]?.stale === false);
    await phone.control.invites.accept({ text });
    await isMember(phone);
    const now = phone.node.view();
    expect(now.troubles).toEqual([]);
    expect(now.membership).toMatchObject({ invited: null, letIn: { peerId: desk.id, name: 'DESK', words: '' } });
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
  test('a machine without a key sees who adds a device, until that is over; with a key it looks for nobody', async () => {
    const swarm = fakeSwarm();
    const [desk, laptop] = [await founder(swarm, 'DESK'), await start(swarm, 'LAPTOP')];
    const list = await laptop.control.pairing.nearby();
    expect((await list.next()).value).toEqual([]);
    const held = hold(desk);
    const door = { peerId: desk.id, name: 'DESK', host: '127.0.0.1' };
    expect((await list.next()).value).toEqual([expect.objectContaining(door)]);
    held.close();
    expect((await list.next()).value).toEqual([]);
    await list.return?.();
    expect(await failing((async () => (await desk.control.pairing.nearby()).next())())).toBe('key-exists');
  });

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
