// What the tray shows, from the view alone: a flat menu of at most 12 items, and one of five icons.
import type { DesktopWish } from '../../src-shared/desktop.ts';
import type { HardwareFacts } from '../../src-shared/hardware.ts';
import { leadsNow, type Pause } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

export type TrayIcon = 'idle' | 'leader' | 'answering' | 'offline' | 'trouble';

export type TrayItem =
  /** clickable: something is wrong, and the window tells what. */
  | { kind: 'state'; text: string; clickable: boolean }
  | { kind: 'peer'; text: string }
  | { kind: 'lead'; text: string; checked: boolean; enabled: boolean }
  /** minutes: what a click sets; null: it ends the pause */
  | { kind: 'pause'; text: string; minutes: number | null }
  /** Where this person's own questions go: the setting `preferred`. */
  | { kind: 'chats'; text: string; choices: TrayChoice[] }
  | { kind: 'wish'; text: string; wish: DesktopWish }
  | { kind: 'open' | 'quit'; text: string }
  | { kind: 'line' };
/** peerId: null: Auto */
export type TrayChoice = { peerId: string | null; text: string; checked: boolean };

/** The words, as i18next gives them. */
export type TrayWords = (key: string, values?: Record<string, string | number>) => string;

/** 12 items in all, lines apart: state, peers and one for "and more", serves, pause, chats, four ways in, quit. */
const maxPeers = 2;
/** A list that is chosen from; the rest is in the window. */
const maxChoices = 8;
/** "Pause for an hour". */
const pauseMinutes = 60;

/** null: the node is not there (yet, or any more). */
export function trayIcon(view: SwarmView | null): TrayIcon {
  if (view === null || view.key === null) return 'offline';
  const { actual } = view.self.role;
  if (actual.kind === 'troubled') return 'trouble';
  if (actual.kind === 'off' || actual.kind === 'starting') return actual.kind === 'off' ? 'offline' : 'idle';
  if (actual.kind === 'leader' || actual.kind === 'draining') return actual.running > 0 ? 'answering' : 'leader';
  return actual.leader === null ? 'offline' : 'idle';
}

export function trayMenu(view: SwarmView | null, words: TrayWords): TrayItem[] {
  const connected = view?.peers.filter(({ state }) => state === 'connected') ?? [];
  const peers: TrayItem[] = connected.slice(0, maxPeers).map((peer) => ({ kind: 'peer', text: peerText(peer, words) }));
  if (connected.length > maxPeers) peers.push({ kind: 'peer', text: words('more', { count: connected.length - maxPeers }) });
  const chats = chatsItem(view, words);
  const inSwarm = view !== null && view.key !== null;
  const wish = (wanted: DesktopWish, text: string): TrayItem[] => (inSwarm ? [{ kind: 'wish', text: words(text), wish: wanted }] : []);
  return [
    { kind: 'state', text: firstLine(view, connected.length, words), clickable: inTrouble(view) },
    ...peers,
    { kind: 'line' },
    { kind: 'lead', text: words('lead'), checked: view?.self.role.wanted === 'leader', enabled: inSwarm },
    ...pauseItem(view, words),
    // what this machine does for others and where one's own questions go are two things
    ...(chats === null ? [] : [{ kind: 'line' } as const, chats]),
    { kind: 'line' },
    ...wish('new-chat', 'newChat'),
    { kind: 'open', text: words('open') },
    ...wish('add-device', 'addDevice'),
    ...wish('settings', 'settings'),
    { kind: 'line' },
    { kind: 'quit', text: words('quit') },
  ];
}

/** How many machines there are, and what this one does; what is wrong stands alone. */
function firstLine(view: SwarmView | null, others: number, words: TrayWords): string {
  const state = trayState(view, words);
  const calm = view !== null && view.key !== null && !inTrouble(view) && view.self.role.actual.kind !== 'off';
  return calm ? words('swarm', { count: others + 1, state }) : state;
}

/** Nothing is answered here, or for this machine, until somebody does something about it. */
function inTrouble(view: SwarmView | null): boolean {
  if (view === null || view.key === null) return false;
  const { actual } = view.self.role;
  return actual.kind === 'troubled' || (actual.kind === 'subordinate' && actual.leader === null);
}

/** null: there is nothing to choose from. The preferred machine stays in it while it is away: it is still the choice. */
function chatsItem(view: SwarmView | null, words: TrayWords): (TrayItem & { kind: 'chats' }) | null {
  if (view === null || view.key === null) return null;
  const { preferred } = view.settings;
  const found = view.peers
    .filter(({ peerId, state, offer }) => peerId === preferred || (state === 'connected' && offer?.leads != null))
    .toSorted((one, other) => Number(other.peerId === preferred) - Number(one.peerId === preferred))
    .slice(0, maxChoices);
  if (found.length === 0) return null;
  const chosen = found.find(({ peerId }) => peerId === preferred);
  const auto: TrayChoice = { peerId: null, text: words('auto'), checked: chosen === undefined };
  const choices = found.map(({ peerId, name }): TrayChoice => ({ peerId, text: name, checked: peerId === preferred }));
  return { kind: 'chats', text: words('chats', { name: chosen?.name ?? words('autoShort') }), choices: [auto, ...choices] };
}

/** What quitting would end; null: nobody but the owner uses this machine. */
export function quitQuestion(view: SwarmView | null, words: TrayWords): { title: string; text: string; quit: string; stay: string } | null {
  const actual = view?.self.role.actual;
  const people = actual?.kind === 'leader' || actual?.kind === 'draining' ? (actual.people ?? 0) : 0;
  if (people === 0) return null;
  return { title: words('inUse', { count: people }), text: words('inUseText'), quit: words('quitAnyway'), stay: words('stay') };
}

/** Only where there is something to pause. What is not the owner's own pause ends by itself, or in the settings. */
function pauseItem(view: SwarmView | null, words: TrayWords): TrayItem[] {
  if (view === null || view.key === null) return [];
  if (view.self.paused?.why === 'owner') return [{ kind: 'pause', text: words('resume'), minutes: null }];
  const { actual } = view.self.role;
  const leads = actual.kind === 'leader' || actual.kind === 'starting' || view.self.role.wanted !== 'subordinate';
  return leads ? [{ kind: 'pause', text: words('pauseHour'), minutes: pauseMinutes }] : [];
}

/** One line: also the tooltip. */
export function trayState(view: SwarmView | null, words: TrayWords): string {
  if (view === null) return words('state.starting');
  if (view.key === null) return words('state.noKey');
  const { actual } = view.self.role;
  switch (actual.kind) {
    case 'off':
      return words('state.off');
    case 'starting':
      return words('state.starting');
    case 'leader':
      if (actual.running === 0 && view.self.paused !== null) return pausedText(view.self.paused, words);
      return actual.running > 0 ? words('state.answering', { count: actual.running }) : words('state.leader');
    case 'draining':
      return words('state.draining', { count: actual.running });
    case 'subordinate':
      return actual.leader === null ? words('state.noLeader') : words('state.subordinate', { name: actual.leader.name });
    case 'troubled':
      return words('state.troubled');
  }
}

function pausedText({ why, until }: Pause, words: TrayWords): string {
  const time = until === undefined ? '' : new Date(until).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return words(`paused.${why}`, { until: time });
}

function peerText(peer: SwarmView['peers'][number], words: TrayWords): string {
  const role = leadsNow(peer.offer) ? ` · ${words('leads')}` : '';
  const gigabytes = Math.round(memoryMb(peer.offer?.hardware) / 1024);
  const memory = gigabytes === 0 ? '' : ` · ${words('memory', { size: gigabytes })}`;
  const latency = peer.latencyMs === null ? '' : ` · ${Math.max(1, Math.round(peer.latencyMs))} ms`;
  return `${peer.name}${role}${memory}${latency}`;
}

/** Where models go first, MiB: the greatest graphics card, or the memory that all of it shares; 0: nobody knows. */
function memoryMb(hardware: HardwareFacts | undefined): number {
  const graphics = (hardware?.gpus ?? []).map(({ vramMb, unified }) => (unified ? 0 : (vramMb ?? 0)));
  return Math.max(0, ...graphics) || (hardware?.ram.totalMb ?? 0);
}
