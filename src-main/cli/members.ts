// `axon members`, `axon revoke`, `axon leave`: who is in the swarm, who wants in, and who goes.
import { Failure } from '../../src-shared/failure.ts';
import { swarmMark, twoSwarms } from '../../src-shared/member.ts';
import type { Applicant, MemberRole, MembershipView, MemberView, Permissions } from '../../src-shared/member.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import type { Home } from '../store/home.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { readMembership } from './offline.ts';
import { findRunning, reachOrStart, reachRunning, viewNow, waitForView } from './reach.ts';
import type { Reached } from './reach.ts';
import { say } from './words.ts';

/** How long a running node may take to show what was done, ms. */
const shownMs = 5_000;

/** Those of the running node; otherwise as the files of the home have them. */
export async function members(home: Home, { json }: { json: boolean }, io: Io): Promise<void> {
  const membership = await membershipNow(home);
  if (json) return await io.out(jsonLine(membership));
  await io.out(`${memberLines(membership).join('\n')}\n`);
}

async function membershipNow(home: Home): Promise<MembershipView> {
  const running = await findRunning(home);
  if (running === null) return readMembership(home);
  try {
    return (await viewNow(running)).membership;
  } finally {
    await running.close();
  }
}

export function memberLines(membership: MembershipView): string[] {
  const lines = [say(`members.standing.${membership.standing}`)];
  if (membership.swarm !== null) lines.push(say('members.swarm', { mark: swarmMark(membership.swarm) }));
  const { letIn, invited } = membership;
  if (letIn !== null) lines.push(say(letIn.words === '' ? 'members.letInByInvite' : 'members.letInBy', letIn));
  if (membership.open) lines.push(say('members.open'));
  for (const member of membership.members) lines.push(memberLine(member));
  for (const { name, peerId } of membership.removed) lines.push(say('members.removed', { name, peerId }));
  for (const { name, peerId, words } of membership.applicants) lines.push(say('members.applicant', { name, words, peerId }));
  if (twoSwarms(membership)) lines.push(say('members.twoSwarms'));
  if (invited !== null) lines.push(say('members.invited', { name: invited.name }));
  for (const { name, words, state, swarm } of membership.asked) {
    if (state === 'refused') lines.push(say('members.askedRefused', { name }));
    else if (words !== '' && invited === null)
      lines.push(say(state === 'offered' ? 'members.offered' : 'members.askedOf', { name, words, mark: swarmMark(swarm) }));
  }
  return lines;
}

/** Takes the swarm of a machine that this one asked, where machines of another one have the key too. */
export async function choose(home: Home, who: string, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { peerId, name } = pickNamed(view.membership.asked, who, say('members.noAsked', { who }));
    await call(reached, reached.client.members.choose({ peerId }));
    await io.out(`${say('members.chosen', { name })}\n`);
  });
}

function memberLine(member: MemberView): string {
  const { name, role, permissions, self, connected, lastSeen, usedToday, peerId } = member;
  const may = Object.entries(permissions).flatMap(([what, allowed]) => (allowed ? [what] : []));
  const seen = self
    ? say('members.here')
    : connected
      ? say('members.connected')
      : lastSeen === null
        ? say('members.never')
        : say('members.lastSeen', { at: new Date(lastSeen).toLocaleString() });
  const used =
    usedToday.answers === 0 && usedToday.tokens === 0 ? '-' : say('members.used', { answers: usedToday.answers, tokens: usedToday.tokens });
  return say('members.line', { name, role: say(`members.${role}`), may: may.length === 0 ? '-' : may.join(','), seen, used, peerId });
}

/** Lets an applicant in once the words were compared: by the person at the terminal, or by whoever gave them on the command line. */
export async function allow(home: Home, who: string, { words }: { words?: string }, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const found = applicantOf(view, who);
    let compared = words;
    if (compared === undefined) {
      const answer = await io.question(say('members.compare', { name: found.name, words: found.words }));
      if (answer === null) throw new Failure('bad-request', say('members.wordsNeeded'));
      if (!isYes(answer)) return await io.out(`${say('members.notLetIn', { name: found.name })}\n`);
      compared = found.words;
    }
    await call(reached, reached.client.members.allow({ peerId: found.peerId, words: tidyWords(compared) }));
    await shown(reached, io, ({ membership }) => membership.members.some(({ peerId }) => peerId === found.peerId));
    await io.out(`${say('members.letIn', { name: found.name })}\n`);
  });
}

export async function refuse(home: Home, who: string, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { peerId, name } = applicantOf(view, who);
    await call(reached, reached.client.members.refuse({ peerId }));
    await io.out(`${say('members.refused', { name })}\n`);
  });
}

export async function rename(home: Home, who: string, name: string, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { peerId, name: before } = memberOf(view, who);
    await call(reached, reached.client.members.rename({ peerId, name }));
    await io.out(`${say('members.renamed', { before, name })}\n`);
  });
}

export async function setRole(home: Home, who: string, role: MemberRole, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { peerId, name } = memberOf(view, who);
    await call(reached, reached.client.members.setRole({ peerId, role }));
    await io.out(`${say(role === 'admin' ? 'members.nowAdmin' : 'members.nowMember', { name })}\n`);
  });
}

export async function permit(home: Home, who: string, what: keyof Permissions, on: boolean, io: Io): Promise<void> {
  await withNode(home, async (reached, view) => {
    const { peerId, name, permissions } = memberOf(view, who);
    await call(reached, reached.client.members.setPermissions({ peerId, permissions: { ...permissions, [what]: on } }));
    await io.out(`${say(on ? 'members.permitted' : 'members.forbidden', { name, what })}\n`);
  });
}

/** Without a running node one is started for it: what it tells reaches those that are on, and the others later from them. */
export async function revoke(home: Home, who: string, options: { json: boolean; mdns: boolean }, io: Io): Promise<void> {
  await withOwnNode(home, options, io, async (reached, view) => {
    const { peerId, name } = memberOf(view, who);
    await call(reached, reached.client.members.revoke({ peerId }));
    const now = await shown(reached, io, ({ membership }) => !membership.members.some((member) => member.peerId === peerId));
    const told = now.membership.members.filter(({ connected, self }) => connected && !self).length;
    await io.out(
      options.json ? jsonLine({ revoked: peerId, name, epoch: now.membership.epoch, told }) : `${say('members.revoked', { name, told })}\n`,
    );
  });
}

export async function leave(home: Home, options: { yes: boolean; mdns: boolean }, io: Io): Promise<void> {
  if (!options.yes && !isYes((await io.question(say('members.leaveAsk'))) ?? ''))
    throw new Failure('bad-request', say('members.leaveSure'));
  await withOwnNode(home, options, io, async (reached) => {
    await call(reached, reached.client.members.leave());
    await io.out(`${say('members.left')}\n`);
  });
}

/** Makes this machine the first admin of a key that came without a roster. */
export async function found(home: Home, options: { mdns: boolean }, io: Io): Promise<void> {
  await withOwnNode(home, options, io, async (reached) => {
    await call(reached, reached.client.members.found());
    await io.out(`${say('members.founded')}\n`);
  });
}

export function isYes(answer: string): boolean {
  return /^\s*y(es)?\s*$/i.test(answer);
}

/** "Otter lemon  river" is what people type for "otter-lemon-river". */
export function tidyWords(words: string): string {
  return words
    .trim()
    .toLowerCase()
    .split(/[\s-]+/)
    .join('-');
}

export async function call<T>(reached: Reached, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    throw reached.failure(error);
  }
}

/** @throws Failure internal when the node does not come to show it */
async function shown(reached: Reached, io: Io, fits: (view: SwarmView) => boolean): Promise<SwarmView> {
  const view = await waitForView(reached, fits, { waitMs: shownMs, stop: io.stop });
  if (view === null) throw new Failure('internal', 'The node did not show the change in time.');
  return view;
}

/** With the running node, and what it shows now. @throws Failure disconnected */
export async function withNode(home: Home, use: (reached: Reached, view: SwarmView) => Promise<void>): Promise<void> {
  const reached = await reachRunning(home);
  try {
    await use(reached, await viewNow(reached));
  } finally {
    await reached.close();
  }
}

/** How long members that are near may take to connect to a node that was started for one command, ms. */
const gatherMs = 5_000;

async function withOwnNode(
  home: Home,
  { mdns }: { mdns: boolean },
  io: Io,
  use: (reached: Reached, view: SwarmView) => Promise<void>,
): Promise<void> {
  const wishes = { settings: { swarmPort: 0, role: 'subordinate' as const }, mdns, door: false };
  const reached = await reachOrStart(home, wishes, { waitMs: gatherMs, stop: io.stop });
  try {
    // a node that runs tells at once, and whoever is away hears it later: a removal waits for nobody
    if (!reached.own) return await use(reached, await viewNow(reached));
    const others = ({ membership }: SwarmView): MemberView[] => membership.members.filter(({ self }) => !self);
    const gathered = (view: SwarmView): boolean => others(view).every(({ connected }) => connected);
    const view = await waitForView(reached, gathered, { waitMs: gatherMs, stop: io.stop });
    await use(reached, view ?? (await viewNow(reached)));
  } finally {
    await reached.close();
  }
}

function applicantOf(view: SwarmView, who: string): Applicant {
  return pickNamed(view.membership.applicants, who, say('members.noApplicant', { who }));
}

function memberOf(view: SwarmView, who: string): MemberView {
  return pickNamed(view.membership.members, who, say('members.noMember', { who }));
}

/** By peer id, or by a name that only one has. @throws Failure not-found, bad-request */
/** @throws Failure not-found, bad-request when more than one is called so */
export function pickNamed<T extends { peerId: string; name: string }>(all: readonly T[], who: string, missing: string): T {
  const exact = all.find(({ peerId }) => peerId === who);
  if (exact !== undefined) return exact;
  const named = all.filter(({ name }) => name === who);
  const [first] = named.length > 0 ? named : all.filter(({ name }) => name.toLowerCase() === who.toLowerCase());
  if (named.length > 1)
    throw new Failure('bad-request', say('members.twoNames', { who, ids: named.map(({ peerId }) => peerId).join(' ') }));
  if (first === undefined) throw new Failure('not-found', missing);
  return first;
}
