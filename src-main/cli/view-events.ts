// What happened between two views, for `serve --json` and for the people who watch it.
import type { FailureCode } from '../../src-shared/failure.ts';
import type { MemberRole, Standing } from '../../src-shared/member.ts';
import { leadsNow } from '../../src-shared/peer.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

export type ViewEvent =
  | { event: 'peer'; peerId: string; name: string; state: 'connected' | 'away' | 'found' | 'forgotten'; leads: boolean }
  | { event: 'role'; wanted: string; actual: string }
  /** A question came in, or one ended. */
  | { event: 'asked' | 'answered'; running: number; waiting: number }
  | { event: 'other-swarm'; count: number }
  /** What this machine is in its swarm. */
  | { event: 'standing'; standing: Standing }
  /** A device wants in. */
  | { event: 'applicant'; peerId: string; name: string; words: string; by: 'key' | 'code' }
  /** Both screens show these: press Allow there. Not with an invite, which needs no click. */
  | { event: 'words'; peerId: string; name: string; words: string; swarm: string }
  /** Who let this machine in; words: empty with an invite. */
  | { event: 'let-in'; peerId: string; name: string; words: string; swarm: string }
  | { event: 'member'; peerId: string; name: string; role: MemberRole }
  | { event: 'removed'; peerId: string; name: string }
  | { event: 'models'; models: string[] }
  | { event: 'trouble'; code: FailureCode; message: string };

export function viewEvents(before: SwarmView, now: SwarmView): ViewEvent[] {
  return [
    ...peerEvents(before, now),
    ...roleEvents(before, now),
    ...trustEvents(before.membership, now.membership),
    ...otherEvents(before, now),
  ];
}

function trustEvents(before: SwarmView['membership'], now: SwarmView['membership']): ViewEvent[] {
  const events: ViewEvent[] = [];
  if (before.standing !== now.standing) events.push({ event: 'standing', standing: now.standing });
  for (const { peerId, name, words, by } of now.applicants) {
    const known = before.applicants.some((one) => one.peerId === peerId && one.words === words);
    if (!known) events.push({ event: 'applicant', peerId, name, words, by });
  }
  for (const { peerId, name, words, swarm } of now.invited === null ? now.asked : []) {
    const known = before.asked.some((one) => one.peerId === peerId && one.words === words);
    if (words !== '' && !known) events.push({ event: 'words', peerId, name, words, swarm });
  }
  const { letIn } = now;
  if (letIn !== null && (before.letIn?.at !== letIn.at || before.letIn.peerId !== letIn.peerId)) {
    const { peerId, name, words, swarm } = letIn;
    events.push({ event: 'let-in', peerId, name, words, swarm });
  }
  for (const { peerId, name, role } of now.members) {
    const known = before.members.some((one) => one.peerId === peerId && one.name === name && one.role === role);
    if (!known) events.push({ event: 'member', peerId, name, role });
  }
  for (const { peerId, name } of now.removed)
    if (!before.removed.some((one) => one.peerId === peerId)) events.push({ event: 'removed', peerId, name });
  return events;
}

function peerEvents(before: SwarmView, now: SwarmView): ViewEvent[] {
  const known = new Map(before.peers.map((peer) => [peer.peerId, peer]));
  const here = new Set(now.peers.map(({ peerId }) => peerId));
  const events: ViewEvent[] = [];
  for (const { peerId, name, state, offer } of now.peers) {
    const was = known.get(peerId);
    const leads = leadsNow(offer);
    if (was === undefined || was.state !== state || was.name !== name || leadsNow(was.offer) !== leads)
      events.push({ event: 'peer', peerId, name, state, leads });
  }
  for (const { peerId, name } of before.peers)
    if (!here.has(peerId)) events.push({ event: 'peer', peerId, name, state: 'forgotten', leads: false });
  return events;
}

function roleEvents(before: SwarmView, now: SwarmView): ViewEvent[] {
  const events: ViewEvent[] = [];
  const was = before.self.role;
  const is = now.self.role;
  if (was.wanted !== is.wanted || was.actual.kind !== is.actual.kind)
    events.push({ event: 'role', wanted: is.wanted, actual: is.actual.kind });
  const [less, more] = [load(before), load(now)];
  if (less.running + less.waiting !== more.running + more.waiting) {
    events.push({ event: more.running + more.waiting > less.running + less.waiting ? 'asked' : 'answered', ...more });
  }
  if (is.actual.kind === 'troubled' && (was.actual.kind !== 'troubled' || was.actual.failure.code !== is.actual.failure.code)) {
    events.push({ event: 'trouble', code: is.actual.failure.code, message: is.actual.failure.message });
  }
  return events;
}

function load({ self }: SwarmView): { running: number; waiting: number } {
  const { actual } = self.role;
  if (actual.kind === 'leader') return { running: actual.running, waiting: actual.waiting };
  return { running: actual.kind === 'draining' ? actual.running : 0, waiting: 0 };
}

function otherEvents(before: SwarmView, now: SwarmView): ViewEvent[] {
  const events: ViewEvent[] = [];
  if (before.otherSwarms !== now.otherSwarms) events.push({ event: 'other-swarm', count: now.otherSwarms });
  const names = (view: SwarmView): string[] => view.self.models.map(({ name }) => name);
  if (names(before).join('\n') !== names(now).join('\n')) events.push({ event: 'models', models: names(now) });
  const old = new Set(before.troubles.map(({ code }) => code));
  for (const { code, message } of now.troubles) if (!old.has(code)) events.push({ event: 'trouble', code, message });
  return events;
}
