// `axon pause|resume|limits`: what others may have of this machine, and when nothing. Works with and without a running node.
import { Failure } from '../../src-shared/failure.ts';
import type { MembershipView } from '../../src-shared/member.ts';
import { offeredDownload, type OfferedDownload, type Pause } from '../../src-shared/peer.ts';
import type { PauseHours, Settings, SettingsPatch, Yielding } from '../../src-shared/settings.ts';
import { createHome } from '../store/home.ts';
import type { Home } from '../store/home.ts';
import { openSettings } from '../store/settings-store.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { call, pickNamed } from './members.ts';
import { readMembership } from './offline.ts';
import { findRunning, viewNow, waitForView } from './reach.ts';
import { say, sizeWords } from './words.ts';

/** How long a running node may take to show the change, ms. */
const shownMs = 3_000;

/** Others are not answered for so many minutes; null: they are again. Without a running node the setting is kept for its start. */
export async function pauseFor(home: Home, minutes: number | null, options: { now: boolean; json: boolean }, io: Io): Promise<void> {
  const paused = await setPause(home, minutes, options.now, io);
  await io.out(options.json ? jsonLine({ paused }) : `${pauseLine(paused)}\n`);
}

async function setPause(home: Home, minutes: number | null, atOnce: boolean, io: Io): Promise<Pause | null> {
  const running = await findRunning(home);
  if (running === null) {
    createHome(home);
    const until = minutes === null ? null : Date.now() + minutes * 60_000;
    openSettings(home.settings).update({ pausedUntil: until });
    return until === null ? null : { why: 'owner', until };
  }
  try {
    const before = (await viewNow(running)).settings.pausedUntil;
    await call(running, running.client.pause({ minutes, atOnce }));
    const set = ({ settings }: { settings: Settings }): boolean =>
      minutes === null ? settings.pausedUntil === null : settings.pausedUntil !== null && settings.pausedUntil !== before;
    const view = await waitForView(running, set, { waitMs: shownMs, stop: io.stop });
    if (view === null) throw new Failure('internal', 'The node did not show the change in time.');
    return view.self.paused;
  } finally {
    await running.close();
  }
}

/** One line: whether others are answered, and if not, why and until when. */
export function pauseLine(paused: Pause | null): string {
  if (paused === null) return say('pause.none');
  const why = say(`pause.${paused.why}`);
  return paused.until === undefined
    ? say('pause.open', { why })
    : say('pause.until', { why, until: new Date(paused.until).toLocaleString() });
}

export type LimitFlags = {
  member?: string;
  /** undefined: as it is; 'none': no bound; 'default': as for everybody (with `member`) */
  perDay?: number | 'none' | 'default';
  perMinute?: number | 'none';
  battery?: Yielding;
  busy?: Yielding;
  metered?: Yielding;
  hours?: readonly (PauseHours | null)[];
  /** The models that may be downloaded from now on; null ends what was before. */
  download?: readonly (OfferedDownload | null)[];
  json: boolean;
};

type Known = { settings: Settings; membership: MembershipView };

/** Shows the bounds, after changing what the flags say. @throws Failure not-found for a member that nobody is */
export async function showLimits(home: Home, flags: LimitFlags, io: Io): Promise<void> {
  const known = await changeLimits(home, flags, io);
  await io.out(flags.json ? jsonLine(limitsOf(known)) : `${limitLines(known).join('\n')}\n`);
}

async function changeLimits(home: Home, flags: LimitFlags, io: Io): Promise<Known> {
  const running = await findRunning(home);
  if (running === null) {
    createHome(home);
    const store = openSettings(home.settings);
    const membership = await readMembership(home);
    const patch = patchOf(flags, { settings: store.get(), membership });
    return { settings: patch === null ? store.get() : store.update(patch), membership };
  }
  try {
    const view = await viewNow(running);
    const patch = patchOf(flags, view);
    if (patch === null) return view;
    await call(running, running.client.settings.update(patch));
    const fits = ({ settings }: Known): boolean => JSON.stringify({ ...settings, ...patch }) === JSON.stringify(settings);
    const after = await waitForView(running, fits, { waitMs: shownMs, stop: io.stop });
    if (after === null) throw new Failure('internal', 'The node did not show the change in time.');
    return after;
  } finally {
    await running.close();
  }
}

/** null: nothing is to be changed */
function patchOf(
  { member, perDay, perMinute, battery, busy, metered, hours, download }: LimitFlags,
  { settings, membership }: Known,
): SettingsPatch | null {
  const patch: SettingsPatch = {};
  if (member !== undefined && perDay !== undefined) {
    const { peerId } = pickNamed(membership.members, member, say('members.noMember', { who: member }));
    const others = Object.fromEntries(Object.entries(settings.memberTokensPerDay).filter(([id]) => id !== peerId));
    patch.memberTokensPerDay = perDay === 'default' ? others : { ...others, [peerId]: bound(perDay) };
  }
  const tokensPerDay = member === undefined && perDay !== undefined && perDay !== 'default' ? bound(perDay) : settings.limits.tokensPerDay;
  const limits = { tokensPerDay, questionsPerMinute: perMinute === undefined ? settings.limits.questionsPerMinute : bound(perMinute) };
  if (JSON.stringify(limits) !== JSON.stringify(settings.limits)) patch.limits = limits;
  if (battery !== undefined || busy !== undefined || metered !== undefined || hours !== undefined)
    patch.yielding = {
      ...settings.yielding,
      battery: battery ?? settings.yielding.battery,
      busy: busy ?? settings.yielding.busy,
      ...(metered === undefined ? {} : { metered }),
      hours: hours === undefined ? settings.yielding.hours : hours.filter((one) => one !== null),
    };
  if (download !== undefined) patch.downloads = download.filter((one) => one !== null);
  return Object.keys(patch).length === 0 ? null : patch;
}

const bound = (value: number | 'none'): number | null => (value === 'none' ? null : value);

function limitsOf({ settings: { limits, memberTokensPerDay, yielding, pausedUntil, downloads = [] } }: Known) {
  return { ...limits, memberTokensPerDay, yielding, pausedUntil, downloads };
}

function limitLines({ settings, membership }: Known): string[] {
  const { limits, memberTokensPerDay, yielding, downloads = [] } = settings;
  const words = (value: number | null): string | number => value ?? say('limits.none');
  const nameOf = (peerId: string): string => membership.members.find((one) => one.peerId === peerId)?.name ?? peerId;
  return [
    say('limits.perDay', { tokens: words(limits.tokensPerDay) }),
    say('limits.perMinute', { questions: words(limits.questionsPerMinute) }),
    ...Object.entries(memberTokensPerDay).map(([peerId, tokens]) => say('limits.member', { name: nameOf(peerId), tokens: words(tokens) })),
    say('limits.battery', { what: say(`limits.${yielding.battery}`) }),
    say('limits.busy', { what: say(`limits.${yielding.busy}`) }),
    say('limits.metered', { what: say(`limits.${yielding.metered ?? 'ignore'}`) }),
    ...yielding.hours.map((hours) => say('limits.hours', { hours: hoursText(hours) })),
    ...downloads.map(({ name, sizeBytes }) =>
      say('limits.download', { model: sizeBytes === undefined ? name : `${name} (${sizeWords(sizeBytes)})` }),
    ),
  ];
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** "mon,tue 22:00-06:00", as parsedHours reads it. */
export function hoursText({ days, from, to }: PauseHours): string {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${days.map((day) => dayNames[day]).join(',')} ${clock(from)}-${clock(to)}`;
}

/** undefined: not readable. Days are names with commas or `daily`; to before from goes over midnight. */
export function parsedHours(text: string): PauseHours | undefined {
  const found = /^(daily|[a-z,]+) (\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text.trim().toLowerCase());
  if (found === null) return undefined;
  const [, names = '', ...numbers] = found;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const days = names === 'daily' ? dayNames.map((_, day) => day) : names.split(',').map((name) => dayNames.indexOf(name));
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute];
  const fits = !days.includes(-1) && fromMinute < 60 && toMinute < 60 && from <= 1440 && to <= 1440 && from !== to;
  return fits ? { days: [...new Set(days)], from, to } : undefined;
}

/** Of a file: as `sizeWords` says them. */
const units = { MB: 1e6, GB: 1e9 } as const;

/** "llama3.2:3b" or "llama3.2:3b=2GB"; without a tag it is the one that Ollama takes. undefined: not readable */
export function parsedDownload(text: string): OfferedDownload | undefined {
  const [, name = '', number, unit] = /^([^=\s]+?)(?:=(\d+(?:\.\d+)?)(MB|GB))?$/.exec(text.trim()) ?? [];
  const sizeBytes = unit === undefined ? undefined : Math.round(Number(number) * units[unit as keyof typeof units]);
  const tagged = name.includes(':') ? name : `${name}:latest`;
  return offeredDownload.safeParse({ name: tagged, ...(sizeBytes === undefined ? {} : { sizeBytes }) }).data;
}
