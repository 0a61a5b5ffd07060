// Who is in, from the command line, as programs of their own on loopback. Ollama is played; mDNS stays off: nothing may leave this machine.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FakeOllamaOptions } from '../fakes/fake-ollama.ts';
import type { MembershipView } from '../../src-shared/member.ts';
import { axonHomes, events, nextEvent, patienceMs, readyNode, type Ended, type Ready, type Running } from './axon-process.ts';

const homes = axonHomes();

const loopback = ['--listen', '/ip4/127.0.0.1/tcp/0'];
const axon = (name: string, ...args: string[]): Promise<Ended> => homes.axon(name, args);
const mode = (file: string): number => statSync(file).mode & 0o777;

/** A node that leads, with the played Ollama behind it. */
async function serve(name: string, options: FakeOllamaOptions = {}): Promise<Ready> {
  const fake = await homes.ollama(options);
  return readyNode(homes.start(name, ['serve', '--no-mdns', ...loopback, '--json', '--engine', 'ollama', '--ollama-url', fake.url]));
}

async function membersOf(name: string): Promise<MembershipView> {
  const told = await axon(name, 'members', '--json');
  expect(told, told.err).toMatchObject({ code: 0 });
  return JSON.parse(told.out) as MembershipView;
}

/** The founder serves; the other one runs beside it, with an address typed by hand, and is let in by the words on its own screen. */
async function twoMembers(options: FakeOllamaOptions = {}): Promise<{ desk: Ready; laptop: Running }> {
  expect((await axon('desk', 'key', 'new')).code).toBe(0);
  const desk = await serve('desk', options);
  expect((await axon('laptop', 'key', 'import', path.join(homes.home('desk'), 'swarm.key'))).code).toBe(0);
  const laptop = await keptAsking(desk);
  const applicant = await nextEvent(desk, ({ event }) => event === 'applicant');
  const [asked] = (await membersOf('laptop')).asked;
  expect(asked).toMatchObject({ peerId: desk.peerId, words: applicant['words'], state: 'waiting' });
  const allowed = await axon(
    'desk',
    'members',
    'allow',
    String(applicant['peerId']),
    '--words',
    String(applicant['words']).replaceAll('-', ' '),
  );
  expect(allowed, allowed.err).toMatchObject({ code: 0 });
  // the same machine, words and swarm as it showed before
  const letIn = await nextEvent(laptop, ({ event }) => event === 'let-in');
  expect([letIn['peerId'], letIn['words'], letIn['swarm']]).toEqual([desk.peerId, applicant['words'], asked?.swarm]);
  await nextEvent(laptop, ({ event, standing }) => event === 'standing' && standing === 'member');
  return { desk, laptop };
}

/** `axon start` on the laptop, with the desk's address in its settings. */
async function keptAsking(desk: Ready): Promise<Running> {
  const { openSettings } = await import('../../src-main/store/settings-store.ts');
  const { homePaths, createHome } = await import('../../src-main/store/home.ts');
  const home = homePaths(homes.home('laptop'));
  createHome(home);
  openSettings(home.settings).update({ addresses: [desk.address], name: 'LAPTOP' });
  const node = homes.start('laptop', ['start', '--no-mdns', ...loopback, '--json']);
  await nextEvent(node, ({ event }) => event === 'ready');
  return node;
}

const ask = (name: string, ...more: string[]): Promise<Ended> => axon(name, 'ask', 'Why?', '--no-mdns', '--wait', '5', ...more);

describe('with the key alone', () => {
  test('asking is exit code 4, pending; let in it is answered; revoked mid-answer it is exit code 4 in other words', async () => {
    expect((await axon('desk', 'key', 'new')).code).toBe(0);
    const desk = await serve('desk', { tokenMs: 50, script: () => 'word '.repeat(4000) });
    expect((await axon('laptop', 'key', 'import', path.join(homes.home('desk'), 'swarm.key'))).code).toBe(0);
    const pending = await ask('laptop', '--peer', desk.address);
    expect(pending, pending.err).toMatchObject({ code: 4, out: '' });
    expect(pending.err).toContain('(pending:');
    const laptop = await keptAsking(desk);
    const applicant = await nextEvent(desk, ({ event, name }) => event === 'applicant' && name === 'LAPTOP');
    const wrong = await axon('desk', 'members', 'allow', 'LAPTOP', '--words', 'not-these-words');
    expect(wrong, wrong.err).toMatchObject({ code: 2 });
    expect((await axon('laptop', 'members')).out).toContain(String(applicant['words']));
    const allowed = await axon('desk', 'members', 'allow', 'LAPTOP', '--words', String(applicant['words']));
    expect(allowed, allowed.err).toMatchObject({ code: 0, out: 'LAPTOP is in.\n' });
    await nextEvent(laptop, ({ event, leads }) => event === 'peer' && leads === true);
    const asking = homes.start('laptop', ['ask', 'Why?']);
    await expect.poll(() => asking.stdout(), { timeout: patienceMs, interval: 50 }).toContain('word');
    const out = await axon('desk', 'revoke', 'LAPTOP', '--json');
    expect(out, out.err).toMatchObject({ code: 0 });
    expect(JSON.parse(out.out)).toMatchObject({ name: 'LAPTOP', epoch: 2 });
    expect(await asking.ended, asking.stderr()).toBe(4);
    expect(asking.stderr()).toContain('(revoked:');
    await nextEvent(laptop, ({ event, standing }) => event === 'standing' && standing === 'revoked');
    const after = await ask('laptop');
    expect(after, after.err).toMatchObject({ code: 4, out: '' });
    expect(after.err).toContain('(revoked:');
    expect(after.err).not.toContain('(pending:');
    const members = await membersOf('desk');
    expect(members).toMatchObject({ standing: 'admin', epoch: 2, removed: [{ name: 'LAPTOP' }] });
    laptop.process.kill('SIGTERM');
    await laptop.ended;
    // a new process, with all that the device ever had
    const again = await ask('laptop', '--peer', desk.address);
    expect(again, again.err).toMatchObject({ code: 4, out: '' });
    const ledger = await axon('desk', 'ledger', '--json');
    expect(JSON.parse(ledger.out.split('\n')[0] ?? '')).toMatchObject({ name: 'LAPTOP', outcome: 'stopped' });
    expect(ledger.out.trim().split('\n')).toHaveLength(1);
    expect(ledger.out).not.toContain('Why?');
  });

  test('removed while it was off, nobody told it: its question does not wait for ever, and it says why', async () => {
    const { laptop } = await twoMembers({ script: () => 'Because.' });
    laptop.process.kill('SIGTERM');
    await laptop.ended;
    expect((await axon('desk', 'revoke', 'LAPTOP')).code).toBe(0);
    const back = homes.start('laptop', ['start', '--no-mdns', ...loopback, '--json']);
    await nextEvent(back, ({ event }) => event === 'ready');
    const asked = await axon('laptop', 'ask', 'Why?', '--wait', '600');
    expect(asked, asked.err).toMatchObject({ code: 4, out: '' });
    expect(asked.err).toContain('(revoked:');
    expect(await membersOf('laptop')).toMatchObject({ standing: 'revoked' });
  });

  test('serve --open says what it means, and lets the key alone suffice', async () => {
    expect((await axon('desk', 'key', 'new')).code).toBe(0);
    const fake = await homes.ollama({ script: () => 'Because.' });
    const desk = await readyNode(
      homes.start('desk', ['serve', '--open', '--no-mdns', ...loopback, '--json', '--engine', 'ollama', '--ollama-url', fake.url]),
    );
    expect(desk.stderr()).toContain('--open');
    expect((await axon('laptop', 'key', 'import', path.join(homes.home('desk'), 'swarm.key'))).code).toBe(0);
    for (let at = 0; at < 2; at += 1) {
      const answer = await ask('laptop', '--peer', desk.address);
      expect(answer, answer.err).toMatchObject({ code: 0, out: 'Because.\n' });
    }
    expect((await membersOf('desk')).members).toHaveLength(1);
  });
});

describe('an invite', () => {
  test('made on one machine lets the other in, once, without a click', async () => {
    expect((await axon('desk', 'key', 'new')).code).toBe(0);
    expect(await axon('desk', 'invite')).toMatchObject({ code: 3, out: '' });
    const desk = await serve('desk', { script: () => 'Because.' });
    const file = path.join(homes.folder, 'a.axon-invite');
    const made = await axon('desk', 'invite', '--minutes', '5', '--out', file, '--json');
    expect(made, made.err).toMatchObject({ code: 0 });
    expect(JSON.parse(made.out)).toMatchObject({ file });
    expect(made.out).not.toContain('axon-invite:');
    expect(mode(file)).toBe(0o600);
    expect(await axon('desk', 'invite', '--out', file)).toMatchObject({ code: 2 });
    const joined = await axon('laptop', 'join', file, '--no-mdns', '--json');
    expect(joined, joined.err).toMatchObject({ code: 0 });
    expect(JSON.parse(joined.out)).toMatchObject({ event: 'joined', standing: 'member', members: 2 });
    const answer = await ask('laptop', '--peer', desk.address);
    expect(answer, answer.err).toMatchObject({ code: 0, out: 'Because.\n' });
    const other = await axon('other', 'join', file, '--no-mdns');
    expect(other, other.err).toMatchObject({ code: 4, out: '' });
    expect(other.err).toContain('(invite-used:');
    // through standard input, and by "key import"
    const text = await axon('desk', 'invite');
    expect(text.out).toMatch(/^axon-invite:\S+\n$/);
    const piped = await homes.axon('third', ['join', '-', '--no-mdns'], text.out);
    expect(piped, piped.err).toMatchObject({ code: 0 });
    expect(await homes.axon('third', ['join', '-', '--no-mdns'], 'axon-invite:nonsense')).toMatchObject({ code: 2 });
    // the token is in nothing that stays
    const token = JSON.parse(
      Buffer.from(text.out.trim().split(':')[1] ?? '', 'base64url')
        .toString('utf8')
        .slice(0, -8),
    ) as { token: string; key: string };
    for (const name of ['desk', 'third'])
      for (const log of ['logs/axon.log']) {
        const written = readFileSync(path.join(homes.home(name), log), 'utf8');
        expect(written).not.toContain(token.token);
        expect(written).not.toContain(token.key);
      }
    expect(desk.stdout() + desk.stderr()).not.toContain(token.key);
  });
});

describe('pairing', () => {
  test('a code, the same words on both, a yes: the machine without the key is in', async () => {
    expect((await axon('desk', 'key', 'new')).code).toBe(0);
    const desk = await serve('desk');
    const pair = homes.start('desk', ['pair', '--json']);
    const shown = await nextEvent(pair, ({ event, addresses }) => event === 'code' && (addresses as string[]).length > 0);
    const address = String((shown['addresses'] as string[])[0]);
    const wrong = await axon('laptop', 'pair', '0000-0000', '--address', address, '--no-mdns', '--json');
    expect(wrong, wrong.err).toMatchObject({ code: 4 });
    expect(wrong.err).toContain('(code-wrong:');
    const joining = homes.start('laptop', ['pair', String(shown['code']).toLowerCase(), '--address', address, '--no-mdns', '--json']);
    const [words, applicant] = [
      await nextEvent(joining, ({ event }) => event === 'words'),
      await nextEvent(pair, ({ event }) => event === 'applicant'),
    ];
    expect(words['words']).toBe(applicant['words']);
    expect(applicant['by']).toBe('code');
    const members = await axon('desk', 'members');
    expect(members.out).toContain(String(words['words']));
    expect((await axon('desk', 'members', 'allow', String(applicant['peerId']), '--words', String(words['words']))).code).toBe(0);
    expect(await joining.ended, joining.stderr()).toBe(0);
    expect(await pair.ended, pair.stderr()).toBe(0);
    expect(events(pair).at(-1)).toMatchObject({ event: 'joined' });
    expect(mode(path.join(homes.home('laptop'), 'swarm.key'))).toBe(0o600);
    expect(desk.process.exitCode).toBeNull();
    // the words on the command line do for a person
    const second = homes.start('desk', ['pair', '--yes-words', 'no-such-words', '--json']);
    const code = await nextEvent(second, ({ event, addresses }) => event === 'code' && (addresses as string[]).length > 0);
    const phone = homes.start('phone', [
      'pair',
      String(code['code']),
      '--address',
      String((code['addresses'] as string[])[0]),
      '--no-mdns',
      '--json',
    ]);
    await nextEvent(second, ({ event }) => event === 'applicant');
    second.process.kill('SIGINT');
    expect(await second.ended).toBe(130);
    expect(await phone.ended).toBe(4);
    expect(phone.stderr()).toContain('(code-expired:');
    expect(existsSync(path.join(homes.home('phone'), 'swarm.key'))).toBe(false);
  });
});

describe('members', () => {
  test('names, roles, permissions, recovery and leaving', async () => {
    const { desk, laptop } = await twoMembers({ script: () => 'Because.' });
    for (const command of [
      ['members', 'rename', 'LAPTOP', 'ANNA'],
      ['members', 'permit', 'ANNA', 'models', 'on'],
      ['members', 'permit', 'ANNA', 'chat', 'off'],
    ]) {
      const done = await axon('desk', ...command);
      expect(done, done.err).toMatchObject({ code: 0 });
    }
    await nextEvent(laptop, ({ event, name }) => event === 'member' && name === 'ANNA');
    const refused = await ask('laptop');
    expect(refused, refused.err).toMatchObject({ code: 4 });
    expect(refused.err).toContain('(not-permitted:');
    expect(await axon('laptop', 'revoke', 'ANNA', '--json')).toMatchObject({ code: 1, err: expect.stringContaining('(not-admin:') });
    expect(await axon('desk', 'members', 'role', 'nobody', 'admin')).toMatchObject({ code: 2 });
    expect(await axon('desk', 'leave', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('(last-admin:') });
    const file = path.join(homes.folder, 'recovery.txt');
    expect((await axon('desk', 'recovery', 'new', '--out', file)).code).toBe(0);
    expect(mode(file)).toBe(0o600);
    await expect.poll(async () => (await membersOf('laptop')).recovery, { timeout: patienceMs }).toBe(true);
    desk.process.kill('SIGKILL');
    await desk.ended;
    expect(await homes.axon('laptop', ['recover'], 'twelve wrong words')).toMatchObject({
      code: 2,
      err: expect.stringContaining('(recovery-wrong:'),
    });
    const recovered = await homes.axon('laptop', ['recover'], readFileSync(file, 'utf8'));
    expect(recovered, recovered.err).toMatchObject({ code: 0 });
    const revoked = await axon('laptop', 'revoke', desk.peerId);
    expect(revoked, revoked.err).toMatchObject({ code: 0 });
    expect(await membersOf('laptop')).toMatchObject({ standing: 'admin', members: [{ name: 'ANNA', role: 'admin' }] });
    laptop.process.kill('SIGTERM');
    await laptop.ended;
    // without a node the files tell
    expect(await membersOf('laptop')).toMatchObject({ standing: 'admin', epoch: 2, removed: [{ peerId: desk.peerId }] });
    expect(await axon('laptop', 'leave', '--yes', '--no-mdns')).toMatchObject({ code: 0 });
    expect(await membersOf('laptop')).toMatchObject({ standing: 'none', members: [] });
  });
});
