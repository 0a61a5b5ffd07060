// Which news become a notification: those that the person switched on and does not see in the window anyway. Pure.
import type { AnswerNews } from '../../src-shared/desktop.ts';
import type { Applicant } from '../../src-shared/member.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';

/** front: it has the keyboard. behind: it is on the screen, perhaps covered. hidden: it is not. */
export type WindowPlace = 'front' | 'behind' | 'hidden';

/** Devices that knock since the view before; none from a node that was just met: they may have waited for days. */
export function newApplicants(before: SwarmView | null, after: SwarmView, place: WindowPlace): Applicant[] {
  if (before === null || place === 'front' || !after.settings.notifications.joins) return [];
  const known = new Set(before.membership.applicants.map(({ peerId }) => peerId));
  return after.membership.applicants.filter(({ peerId }) => !known.has(peerId));
}

/** Names of the models that are here since the view before; a window in front shows it itself. */
export function newModels(before: SwarmView | null, after: SwarmView, place: WindowPlace): string[] {
  if (before === null || place === 'front' || after.settings.notifications.downloads === false) return [];
  const waited = new Set(before.downloads?.filter(({ state }) => state !== 'done').map(({ id }) => id));
  return (after.downloads ?? []).filter(({ id, state }) => state === 'done' && waited.has(id)).map(({ name }) => name);
}

/** An answer that is written tells nothing while it can be seen. */
export function isTold(
  news: AnswerNews | 'update-ready',
  { leaders, answers, updates }: Settings['notifications'],
  place: WindowPlace,
): boolean {
  switch (news) {
    case 'leader-lost':
    case 'leader-back':
      return leaders && place !== 'front';
    case 'update-ready':
      return updates !== false && place !== 'front';
    case 'answer-ended':
      return answers && place === 'hidden';
  }
}
