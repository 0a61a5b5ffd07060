import i18next from 'i18next';
import { beforeAll, describe, expect, test } from 'vitest';
import { resources } from '../../src-shared/i18n/index.ts';
import type { PeerView } from '../../src-shared/peer.ts';
import type { RoleActual } from '../../src-shared/role.ts';
import { noMembership } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { quitQuestion, trayIcon, trayMenu, trayState, type TrayWords } from './tray-menu.ts';

const hardware = {
  os: 'Linux',
  arch: 'x64',
  cpu: { model: 'cpu', cores: 4 },
  ram: { totalMb: 1, freeMb: 1 },
  gpus: [],
  load: null,
  battery: null,
};
const device = { kind: 'cpu' as const, name: 'CPU', why: 'no GPU' };

function view(actual: RoleActual, changes: Partial<SwarmView> = {}): SwarmView {
  const wanted = actual.kind === 'leader' ? 'leader' : 'subordinate';
  return {
    revision: 1,
    self: {
      peerId: 'me',
      name: 'LAPTOP',
      version: '0.1.0',
      addresses: [],
      role: { wanted, actual },
      hardware,
      engine: null,
      models: [],
      identity: 'file',
      ciphers: 'native',
      paused: null,
    },
    key: { fingerprint: '4f-a2-09-1c' },
    membership: noMembership,
    peers: [],
    otherSwarms: 0,
    troubles: [],
    settings: {
      name: 'LAPTOP',
      role: wanted,
      engine: 'embedded',
      swarmPort: 1,
      webPort: 2,
      seedDiscovery: false,
      open: false,
      allowVulnerableEngine: false,
      limits: { tokensPerDay: null, questionsPerMinute: null },
      memberTokensPerDay: {},
      yielding: { battery: 'pause', busy: 'lower', hours: [] },
      pausedUntil: null,
      preferred: null,
      addresses: [],
      titles: true,
      notifications: { joins: true, leaders: true, answers: true },
      colorScheme: 'auto',
    },
    ...changes,
  };
}

function peer(name: string, changes: { state?: PeerView['state']; latencyMs?: number | null; leads?: boolean } = {}): PeerView {
  const leads = { models: [], slots: { total: 1, free: 1 }, waiting: 0, maxWaiting: 8, engine: { kind: 'embedded' as const, device } };
  return {
    peerId: `id-${name}`,
    name,
    state: changes.state ?? 'connected',
    addresses: [],
    latencyMs: changes.latencyMs ?? null,
    offer: { revision: 1, name, version: '0.1.0', role: 'leader', hardware, leads: changes.leads === true ? leads : null },
    lastSeen: null,
  };
}

const asking: RoleActual = { kind: 'subordinate', leader: { peerId: 'id', name: 'DESK' } };
const leading = (running: number): RoleActual => ({ kind: 'leader', models: 1, running, waiting: 0 });
const troubled: RoleActual = { kind: 'troubled', failure: { code: 'engine-failed', message: 'm' } };

let words: TrayWords;
beforeAll(async () => {
  const translate = i18next.createInstance();
  await translate.init({ lng: 'en', resources, defaultNS: 'tray', interpolation: { escapeValue: false } });
  words = (key, values) => translate.t(key, { ...values });
});

const texts = (shown: SwarmView | null): string[] => trayMenu(shown, words).map((item) => (item.kind === 'line' ? '-' : item.text));

describe('trayMenu', () => {
  test('shows state, peers, the role and the two commands, flat', () => {
    const shown = view(asking, { peers: [peer('DESK', { latencyMs: 0.4, leads: true }), peer('ATTIC')] });
    expect(texts(shown)).toEqual([
      'Swarm: 3 machines · Asks DESK',
      'DESK · answers · 1 ms',
      'ATTIC',
      '-',
      'This computer serves others',
      '-',
      'My chats go to: Auto',
      '-',
      'New chat',
      'Open Axon',
      'Add a device…',
      'Settings…',
      '-',
      'Quit',
    ]);
  });

  test('a machine is told with its memory: the graphics card that has most, or what all of it shares', () => {
    const card = (vramMb: number | null, unified = false) => ({ name: 'card', vramMb, vramFreeMb: null, unified });
    const line = (changes: object) => {
      const one = peer('GPU-DESKTOP', { latencyMs: 12 });
      const offer = one.offer === null ? null : { ...one.offer, hardware: { ...hardware, ...changes } };
      return texts(view(asking, { peers: [{ ...one, offer }] }))[1];
    };
    expect(line({ gpus: [card(8188), card(24_564)] })).toBe('GPU-DESKTOP · 24 GB · 12 ms');
    expect(line({ gpus: [card(null), card(512, true)], ram: { totalMb: 32_768, freeMb: null } })).toBe('GPU-DESKTOP · 32 GB · 12 ms');
    expect(line({ ram: { totalMb: null, freeMb: null } })).toBe('GPU-DESKTOP · 12 ms');
    expect(texts(view(asking, { peers: [{ ...peer('NEW'), offer: null }] }))[1]).toBe('NEW');
  });

  test('the first line counts the machines while all is well; what is wrong stands alone, and a click leads to it', () => {
    const first = (shown: SwarmView | null) => trayMenu(shown, words)[0];
    const line = (text: string, clickable: boolean) => ({ kind: 'state', text, clickable });
    expect(first(view(leading(1), { peers: [peer('DESK')] }))).toEqual(line('Swarm: 2 machines · Writing an answer', false));
    expect(first(view({ kind: 'off' }))).toEqual(line('Off', false));
    expect(first(null)).toEqual(line('Starting', false));
    expect(first(view(troubled, { key: null }))).toEqual(line('Not in a swarm yet', false));
    expect(first(view(troubled, { peers: [peer('DESK')] }))).toEqual(line('Something is wrong', true));
    expect(first(view({ kind: 'subordinate', leader: null }))).toEqual(line('Nobody answers now', true));
  });

  test('never has more than 12 items, and counts the machines that it leaves out', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => peer(`M${n}`, { leads: true }));
    const longest = [asking, leading(0), leading(1), troubled, { kind: 'off' }, { kind: 'subordinate', leader: null }] as const;
    for (const actual of longest)
      for (const count of [0, 1, 2, 3, 5, 300]) {
        const items = trayMenu(view(actual, { peers: many(count) }), words);
        expect(items.filter(({ kind }) => kind !== 'line').length).toBeLessThanOrEqual(12);
        for (const item of items) if (item.kind === 'chats') expect(item.choices.length).toBeLessThanOrEqual(9);
      }
    expect(texts(view(asking, { peers: many(3) }))).toContain('and one more machine');
    expect(texts(view(asking, { peers: many(300) }))).toContain('and 298 more machines');
  });

  test('leaves out machines that are not there now', () => {
    const shown = view(asking, { peers: [peer('GONE', { state: 'away' }), peer('SEEN', { state: 'found' })] });
    expect(texts(shown).slice(0, 3)).toEqual(['Swarm: this machine · Asks DESK', '-', 'This computer serves others']);
    expect(texts(shown).some((text) => text.startsWith('My chats'))).toBe(false);
  });

  test('the role can be switched only where there is a node in a swarm', () => {
    const toggle = (shown: SwarmView | null) => trayMenu(shown, words).find(({ kind }) => kind === 'lead');
    expect(toggle(null)).toMatchObject({ checked: false, enabled: false });
    expect(toggle(view(asking, { key: null }))).toMatchObject({ enabled: false });
    expect(toggle(view(asking))).toMatchObject({ checked: false, enabled: true });
    expect(toggle(view(leading(0)))).toMatchObject({ checked: true, enabled: true });
  });

  test("a leader can be paused for an hour, and the same item ends it; what is not the owner's own pause ends by itself", () => {
    const item = (shown: SwarmView | null) => trayMenu(shown, words).find(({ kind }) => kind === 'pause');
    const paused = (why: 'owner' | 'battery'): SwarmView => {
      const shown = view(leading(0));
      return { ...shown, self: { ...shown.self, paused: why === 'owner' ? { why, until: 0 } : { why } } };
    };
    expect(item(null)).toBeUndefined();
    expect(item(view(asking))).toBeUndefined();
    expect(item(view(leading(1)))).toEqual({ kind: 'pause', text: 'Pause for an hour', minutes: 60 });
    expect(item(paused('owner'))).toEqual({ kind: 'pause', text: 'Resume', minutes: null });
    expect(item(paused('battery'))).toMatchObject({ minutes: 60 });
    expect(trayState(paused('battery'), words)).toBe('Paused: on battery');
    expect(trayState(paused('owner'), words)).toMatch(/^Paused until \d/);
  });

  test('one’s own chats go to Auto or to a machine that answers; the chosen one stays the choice while it is away', () => {
    const chats = (preferred: string | null, away = false) => {
      const shown = view(asking, {
        peers: [peer('DESK', { leads: true, state: away ? 'away' : 'connected' }), peer('MINI', { leads: true }), peer('ATTIC')],
      });
      const found = trayMenu({ ...shown, settings: { ...shown.settings, preferred } }, words).find(({ kind }) => kind === 'chats');
      return found?.kind === 'chats' ? [found.text, ...found.choices.map(({ text, checked }) => `${checked ? '*' : ''}${text}`)] : null;
    };
    expect(chats(null)).toEqual(['My chats go to: Auto', '*Auto (the best machine)', 'DESK', 'MINI']);
    expect(chats('id-MINI')).toEqual(['My chats go to: MINI', 'Auto (the best machine)', '*MINI', 'DESK']);
    expect(chats('id-DESK', true)).toEqual(['My chats go to: DESK', 'Auto (the best machine)', '*DESK', 'MINI']);
  });

  test('quitting asks only while somebody else uses this machine', () => {
    expect(quitQuestion(null, words)).toBeNull();
    expect(quitQuestion(view(asking), words)).toBeNull();
    expect(quitQuestion(view(leading(1)), words)).toBeNull();
    expect(quitQuestion(view({ kind: 'leader', models: 1, running: 2, waiting: 1, people: 2 }), words)?.title).toBe(
      '2 people are using this computer',
    );
    expect(quitQuestion(view({ kind: 'draining', running: 1, people: 1 }), words)?.title).toBe('1 person is using this computer');
  });

  test('open and quit are there whatever the node does', () => {
    for (const shown of [null, view(troubled), view({ kind: 'off' })])
      expect(texts(shown)).toEqual(expect.arrayContaining(['Open Axon', 'Quit']));
  });
});

test('every state has an icon and words of its own', () => {
  const states: [SwarmView | null, string, string][] = [
    [null, 'offline', 'Starting'],
    [view(asking, { key: null }), 'offline', 'Not in a swarm yet'],
    [view({ kind: 'off' }), 'offline', 'Off'],
    [view({ kind: 'starting', step: 'engine' }), 'idle', 'Starting'],
    [view(leading(0)), 'leader', 'Answers for others'],
    [view(leading(1)), 'answering', 'Writing an answer'],
    [view(leading(2)), 'answering', 'Writing 2 answers'],
    [view({ kind: 'draining', running: 1 }), 'answering', 'Finishing one answer'],
    [view(asking), 'idle', 'Asks DESK'],
    [view({ kind: 'subordinate', leader: null }), 'offline', 'Nobody answers now'],
    [view(troubled), 'trouble', 'Something is wrong'],
  ];
  for (const [shown, icon, text] of states) expect([trayIcon(shown), trayState(shown, words)]).toEqual([icon, text]);
});
