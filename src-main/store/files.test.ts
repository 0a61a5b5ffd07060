// Key, identity, settings, peers, lock and entry on a real disk: modes, damage, and a second node in the same home.
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeOffer } from '../../test/fakes/fake-offer.ts';
import { readJson, writeAtomic, writeJson } from './atomic-file.ts';
import { readEntry, removeEntry, writeEntry } from './entry-file.ts';
import { createHome, homePaths, type Home } from './home.ts';
import { openIdentity, type Seal } from './identity.ts';
import { takeLock } from './lock.ts';
import { openRememberedPeers } from './remembered-peers.ts';
import { reset, resetPlan } from './reset.ts';
import { openTrustFiles } from './trust-files.ts';
import { settingsPatch } from '../../src-shared/settings.ts';
import { defaultSettings, openSettings } from './settings-store.ts';
import { forgetSwarmKey, readSwarmKey, writeSwarmKey } from './swarm-key-file.ts';

let folder: string;
let home: Home;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'axon-store-'));
  home = homePaths(join(folder, 'home'));
  createHome(home);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const posix = process.platform !== 'win32';
const mode = (path: string): number => (posix ? statSync(path).mode & 0o777 : 0o600);
const other = '12D3KooWLXVGRGRxXuJ5bEDEgp2XQX3Gw7bNQBqtDWjAEEAYkzMx';
const peer = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo';

describe('home', () => {
  test('folders are for their owner only, also when they were there before', () => {
    if (posix) for (const path of [home.data, home.logs, home.models]) expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(() => createHome(home)).not.toThrow();
  });

  test.each([
    ['linux', {}, '/home/u/.local/share/axon', '/home/u/.config/axon', '/home/u/.local/state/axon/logs'],
    ['linux', { XDG_DATA_HOME: '/d', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, '/d/axon', '/c/axon', '/s/axon/logs'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/u/.local/share/axon', '/home/u/.config/axon', '/home/u/.local/state/axon/logs'],
    ['darwin', {}, '/home/u/Library/Application Support/Axon', '/home/u/Library/Application Support/Axon', '/home/u/Library/Logs/Axon'],
  ] as const)('standard folders of %s with %j', (platform, env, data, config, logs) => {
    expect(homePaths(undefined, { platform, env, home: '/home/u' })).toMatchObject({ data, config, logs });
  });
});

describe('reset', () => {
  test('lists what would go, then deletes it', () => {
    writeAtomic(home.swarmKey, 'x'.repeat(1000));
    const plan = resetPlan(home);
    expect(plan.map(({ path }) => path)).toEqual([home.swarmKey, home.models, home.logs]);
    expect(plan[0]?.bytes).toBe(1000);
    reset(home);
    expect([existsSync(home.data), existsSync(home.logs), resetPlan(home)]).toEqual([false, false, []]);
  });

  test('leaves what is to be kept: the conversations with their log and copies, the models, what the windows hold', () => {
    for (const path of [home.database, `${home.database}-wal`, `${home.database}.copy-1`, home.swarmKey]) writeAtomic(path, 'x');
    for (const folder of [home.models, home.desktop]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'one'), 'x');
    }
    reset(home, { conversations: true, models: true, desktop: true });
    expect(readdirSync(home.data).toSorted()).toEqual([
      'conversations.db',
      'conversations.db-wal',
      'conversations.db.copy-1',
      'desktop',
      'models',
    ]);
    reset(home);
    expect(existsSync(home.data)).toBe(false);
  });

  test('takes roster, keys, invites and ledger along, with all that lies beside them', () => {
    const files = openTrustFiles(home);
    for (const one of [files.roster, files.keys, files.invites]) one.forget(new Date(1));
    for (const path of [home.roster, home.keys, home.invites, home.ledger])
      for (const end of ['', '.bak', '.damaged']) writeAtomic(`${path}${end}`, 'x');
    writeAtomic(`${home.ledger}.2026-00000001`, 'x');
    reset(home);
    expect(existsSync(home.data)).toBe(false);
  });

  test('spares what is not ours in the same folder', () => {
    writeAtomic(home.swarmKey, 'key');
    forgetSwarmKey(home.swarmKey, new Date(1));
    openSettings(home.settings).update({ name: 'a' });
    writeFileSync(join(home.data, 'letter.txt'), 'dear');
    writeFileSync(join(home.data, 'swarm.keyring'), 'not ours');
    reset(home);
    expect(readdirSync(home.data).toSorted()).toEqual(['letter.txt', 'swarm.keyring']);
  });
});

describe('swarm.key', () => {
  test('is a 0600 file; another one, or leaving, keeps the old one under another name', () => {
    expect(readSwarmKey(home.swarmKey)).toBeUndefined();
    writeSwarmKey(home.swarmKey, 'one', new Date(1));
    writeSwarmKey(home.swarmKey, 'two', new Date(2));
    expect(mode(home.swarmKey)).toBe(0o600);
    forgetSwarmKey(home.swarmKey, new Date(3));
    expect(readSwarmKey(home.swarmKey)).toBeUndefined();
    const left = readdirSync(home.data)
      .filter((name) => name.startsWith('swarm.key.left-'))
      .toSorted();
    expect(left.map((name) => readFileSync(join(home.data, name), 'utf8'))).toEqual(['one', 'two']);
  });

  test('a write that fails leaves the old key in its place', () => {
    writeSwarmKey(home.swarmKey, 'one', new Date(1));
    mkdirSync(`${home.swarmKey}.${process.pid}.tmp`);
    expect(() => writeSwarmKey(home.swarmKey, 'two', new Date(2))).toThrow(/EISDIR/);
    rmSync(`${home.swarmKey}.${process.pid}.tmp`, { recursive: true, force: true });
    expect(new TextDecoder().decode(readSwarmKey(home.swarmKey))).toBe('one');
    expect(readdirSync(home.data).filter((name) => name.includes('swarm.key'))).toEqual(['swarm.key']);
  });
});

describe('identity', () => {
  const key = new Uint8Array(64).fill(7);
  /** Seals by turning every bit. */
  const turned = (bytes: Uint8Array): Promise<Uint8Array> => Promise.resolve(bytes.map((byte) => byte ^ 0xff));
  const seal: Seal = { seal: turned, open: turned };

  test('without a key store: a 0600 file, the same identity next time', async () => {
    expect(await openIdentity(home.identity, null, () => key)).toEqual({ key, kept: 'file' });
    expect(mode(home.identity)).toBe(0o600);
    expect(await openIdentity(home.identity, null, () => new Uint8Array(64))).toEqual({ key, kept: 'file' });
  });

  test('with a key store: not on disk in clear, and opened by it alone', async () => {
    expect(await openIdentity(home.identity, seal, () => key)).toEqual({ key, kept: 'sealed' });
    expect(readFileSync(home.identity, 'utf8')).not.toContain(Buffer.from(key).toString('base64').slice(0, 40));
    expect(await openIdentity(home.identity, seal, () => new Uint8Array(64))).toEqual({ key, kept: 'sealed' });
    await expect(openIdentity(home.identity, null, () => key)).rejects.toMatchObject({
      code: 'identity-sealed',
      hint: expect.stringContaining('--home'),
    });
    const locked: Seal = { seal: turned, open: () => Promise.reject(new Error('locked')) };
    await expect(openIdentity(home.identity, locked, () => key)).rejects.toMatchObject({ code: 'identity-sealed' });
  });

  test('a plain one is sealed as soon as there is a key store', async () => {
    await openIdentity(home.identity, null, () => key);
    expect(await openIdentity(home.identity, seal, () => new Uint8Array(64))).toEqual({ key, kept: 'sealed' });
    await expect(openIdentity(home.identity, null, () => key)).rejects.toMatchObject({ code: 'identity-sealed' });
  });

  test('a damaged one is never replaced by a new device', async () => {
    writeFileSync(home.identity, '{"format":1,');
    await expect(openIdentity(home.identity, null, () => key)).rejects.toMatchObject({ code: 'internal' });
    expect(readFileSync(home.identity, 'utf8')).toBe('{"format":1,');
  });
});

describe('settings', () => {
  test('start with defaults, and survive', () => {
    const store = openSettings(home.settings);
    expect(store.get()).toEqual(defaultSettings());
    store.update({ name: 'desk', role: 'leader' });
    expect(mode(home.settings)).toBe(0o600);
    expect(openSettings(home.settings).get()).toEqual({ ...defaultSettings(), name: 'desk', role: 'leader' });
  });

  test('a value that is none changes nothing', () => {
    const store = openSettings(home.settings);
    expect(() => store.update({ swarmPort: 70_000 })).toThrow();
    expect(store.get().swarmPort).toBe(defaultSettings().swarmPort);
  });

  test.each(['model', 'language'] as const)('null, which crosses a link, takes %s back', (key) => {
    const store = openSettings(home.settings);
    store.update({ [key]: 'tiny' });
    store.update(settingsPatch.parse(JSON.parse(JSON.stringify({ [key]: null }))));
    expect(key in openSettings(home.settings).get()).toBe(false);
  });

  test('the first day again: what is set goes, who this machine is and whom it knows stays', () => {
    const store = openSettings(home.settings);
    store.update({
      name: 'desk',
      role: 'leader',
      addresses: ['10.0.0.2:4101'],
      language: 'fr',
      model: 'tiny',
      titles: false,
      engine: 'ollama',
    });
    store.update(settingsPatch.parse(JSON.parse(JSON.stringify(store.defaults()))));
    const { language, model, ...first } = openSettings(home.settings).get();
    expect([language, model]).toEqual([undefined, undefined]);
    expect(first).toEqual({ ...defaultSettings(), name: 'desk', role: 'leader', addresses: ['10.0.0.2:4101'] });
  });

  test('one value that this version does not know costs only itself', () => {
    writeJson(home.settings, { ...defaultSettings(), name: 'desk', engine: 'from-the-future' });
    expect(openSettings(home.settings).get()).toMatchObject({ name: 'desk', engine: 'embedded' });
  });

  test('whatever is damaged, the newest good generation is in force, never a silent reset', () => {
    const store = openSettings(home.settings);
    store.update({ name: 'older' });
    store.update({ name: 'newest' });
    const good = readFileSync(home.settings);
    const backup = readFileSync(`${home.settings}.bak`);
    const damage = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(good.length - 1), bit: fc.nat(7) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(good.length - 1) }),
      fc.record({ kind: fc.constant('zero' as const), at: fc.nat(good.length - 1) }),
    );
    fc.assert(
      fc.property(damage, (how) => {
        const bytes = Buffer.from(good);
        if (how.kind === 'flip') bytes[how.at] = (bytes[how.at] ?? 0) ^ (1 << how.bit);
        if (how.kind === 'zero') bytes.fill(0, how.at);
        writeFileSync(home.settings, how.kind === 'cut' ? bytes.subarray(0, how.at) : bytes);
        writeFileSync(`${home.settings}.bak`, backup);
        const opened = openSettings(home.settings);
        expect(opened.get().name).toBe(opened.damaged ? 'older' : 'newest');
      }),
      { numRuns: 1000 },
    );
  });

  test('a damaged file is said once, kept beside, and whole the next time', () => {
    openSettings(home.settings).update({ name: 'older' });
    openSettings(home.settings).update({ name: 'newest' });
    writeFileSync(home.settings, 'garbage');
    expect(openSettings(home.settings).damaged).toBe(true);
    const again = openSettings(home.settings);
    expect([again.damaged, again.get().name]).toEqual([false, 'older']);
    expect(readFileSync(`${home.settings}.damaged`, 'utf8')).toBe('garbage');
  });

  test('both generations damaged: defaults, and it is said', () => {
    writeFileSync(home.settings, 'x');
    writeFileSync(`${home.settings}.bak`, 'y');
    const store = openSettings(home.settings);
    expect([store.damaged, store.get()]).toEqual([true, defaultSettings()]);
  });
});

describe('json files', () => {
  test('no temporary file stays', () => {
    writeJson(join(home.data, 'a.json'), { a: 1 });
    writeJson(join(home.data, 'a.json'), { a: 2 });
    expect(readJson(join(home.data, 'a.json'))).toEqual({ value: { a: 2 }, damaged: false });
    expect(readdirSync(home.data).filter((name) => name.startsWith('a.json'))).toEqual(['a.json', 'a.json.bak']);
    expect(mode(join(home.data, 'a.json.bak'))).toBe(0o600);
  });
});

describe('remembered peers', () => {
  test('are kept newest first, renamed, forgotten; unreadable ones start empty', () => {
    const peers = openRememberedPeers(home.remembered);
    peers.remember(peer, { addresses: ['/ip4/10.0.0.2/tcp/4101'] });
    peers.remember(peer, { name: 'desk' });
    expect(openRememberedPeers(home.remembered).all()).toEqual([{ peerId: peer, addresses: ['/ip4/10.0.0.2/tcp/4101'], name: 'desk' }]);
    peers.forget(peer);
    expect(openRememberedPeers(home.remembered).all()).toEqual([]);
    writeFileSync(home.remembered, '[');
    writeFileSync(`${home.remembered}.bak`, '[');
    expect(openRememberedPeers(home.remembered).all()).toEqual([]);
  });

  test('an odd name or address of a peer is dropped, and never the list', () => {
    const peers = openRememberedPeers(home.remembered);
    peers.remember(peer, { addresses: ['x'.repeat(301), '/ip4/10.0.0.2/tcp/1'], name: 'n'.repeat(100) });
    expect(openRememberedPeers(home.remembered).all()).toEqual([
      { peerId: peer, addresses: ['/ip4/10.0.0.2/tcp/1'], name: 'n'.repeat(63) },
    ]);
  });

  test('when one was here last and what it said outlive a restart and a new name; who is not on the list is not put there', () => {
    const peers = openRememberedPeers(home.remembered);
    peers.remember(peer, { addresses: ['/ip4/10.0.0.2/tcp/4101'] });
    const said = { offer: fakeOffer('desk'), at: 900 };
    peers.saw([
      { peerId: peer, lastSeen: 1000, said },
      { peerId: other, lastSeen: 1000, said },
    ]);
    peers.remember(peer, { name: 'desk' });
    peers.saw([{ peerId: peer, lastSeen: undefined, said: undefined }]);
    expect(openRememberedPeers(home.remembered).all()).toEqual([
      { peerId: peer, addresses: ['/ip4/10.0.0.2/tcp/4101'], name: 'desk', lastSeen: 1000, said },
    ]);
  });

  test('a file of an older Axon is read; what was said and is not understood costs just that', () => {
    const known = { peerId: peer, addresses: ['/ip4/10.0.0.2/tcp/4101'], name: 'desk' };
    writeJson(home.remembered, [known]);
    expect(openRememberedPeers(home.remembered).all()).toEqual([known]);
    writeJson(home.remembered, [{ ...known, lastSeen: 'yesterday', said: { offer: { role: 'queen' }, at: 1 } }]);
    expect(openRememberedPeers(home.remembered).all()).toEqual([known]);
  });

  test('of a machine with hundreds of models the file keeps that it leads, and the first of them', () => {
    const peers = openRememberedPeers(home.remembered);
    peers.remember(peer, { name: 'desk' });
    const models = Array.from({ length: 256 }, (_, at) => ({ name: `model ${at} ${'x'.repeat(150)}`, loaded: false }));
    peers.saw([{ peerId: peer, lastSeen: 1000, said: { offer: fakeOffer('desk', { models }), at: 1000 } }]);
    const kept = openRememberedPeers(home.remembered).all()[0]?.said?.offer;
    expect(kept).toMatchObject({ role: 'leader', leads: { models: models.slice(0, 32) } });
    expect(statSync(home.remembered).size).toBeLessThan(16 * 1024);
  });
});

describe('lock', () => {
  test('one node per home; released, it can be taken again', () => {
    const release = takeLock(home.lock);
    expect(mode(home.lock)).toBe(0o600);
    expect(() => takeLock(home.lock)).toThrow(expect.objectContaining({ code: 'home-in-use' }));
    release();
    expect(existsSync(home.lock)).toBe(false);
    takeLock(home.lock)();
    expect(readdirSync(home.data).filter((name) => name.includes('lock'))).toEqual([]);
  });

  test('the lock of a process that is gone is taken over', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(home.lock, JSON.stringify({ pid, started: '1' }));
    takeLock(home.lock)();
  });

  test('a recycled pid is not its writer, even when it is our own', () => {
    for (const pid of [process.pid, process.ppid]) {
      writeFileSync(home.lock, JSON.stringify({ pid, started: 'at another time' }));
      takeLock(home.lock, () => 'now')();
    }
  });

  test('where start times are unknown, a lock from before the last boot is stale', () => {
    writeFileSync(home.lock, JSON.stringify({ pid: process.ppid, started: null }));
    expect(() => takeLock(home.lock, () => undefined)).toThrow(expect.objectContaining({ code: 'home-in-use' }));
    utimesSync(home.lock, 1000, 1000);
    takeLock(home.lock, () => undefined)();
  });

  test('an empty lock, as a power cut leaves it, is taken over', () => {
    writeFileSync(home.lock, '');
    takeLock(home.lock)();
  });
});

describe('entry of the running node', () => {
  const entry = { pid: process.pid, port: 4180, token: 't', startedAt: 1 };

  test('is 0600, and gone with the node', () => {
    writeEntry(home.entry, entry);
    expect([mode(home.entry), readEntry(home.entry)]).toEqual([0o600, entry]);
    removeEntry(home.entry);
    expect(readEntry(home.entry)).toBeUndefined();
  });

  test('of a process that is gone counts for nothing', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeEntry(home.entry, { ...entry, pid });
    expect(readEntry(home.entry)).toBeUndefined();
  });
});
