// Which notification is raised when: the rules of notices.ts and leader-watch.ts over what the node says. Pure but for leader-watch's timers.
import type { AnswerNews } from '../../src-shared/desktop.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { leaderWatch, type LeaderNews } from './leader-watch.ts';
import { isTold, newApplicants, newModels, type WindowPlace } from './notices.ts';

/** Each has a title and a text among the words of the tray: `notice.<kind>.title`. */
export type SystemNotice = AnswerNews | LeaderNews['kind'] | 'knocks' | 'update-ready' | 'downloaded';

export type Notifier = {
  /** With each view of the node; null: the node is gone. */
  see(view: SwarmView | null): void;
  /** What became of an answer, as the window says. */
  answer(news: AnswerNews): void;
  /** A new version is here and waits for a restart. */
  updateReady(version: string): void;
};

/**
 * @param place where the window is right now: what is seen there is not told
 * @param raise shows a notification; values are put into its words
 */
export function notifier(place: () => WindowPlace, raise: (what: SystemNotice, values: Record<string, string>) => void): Notifier {
  /** As the node said last. */
  let seen: SwarmView | null = null;
  const wanted = (news: AnswerNews | 'update-ready'): boolean => seen !== null && isTold(news, seen.settings.notifications, place());
  // The same switch as for a question that waits, and no notification of what the window shows.
  const leaders = leaderWatch(({ kind, name }) => {
    const told = wanted(kind === 'nobody' ? 'leader-lost' : 'leader-back');
    if (told) raise(kind, { name });
    return told;
  });
  return {
    see(view) {
      if (view !== null) for (const { name } of newApplicants(seen, view, place())) raise('knocks', { name });
      if (view !== null) for (const name of newModels(seen, view, place())) raise('downloaded', { name });
      seen = view;
      leaders.see(view);
    },
    answer(news) {
      if (!wanted(news)) return;
      if (news !== 'answer-ended') leaders.heard();
      raise(news, {});
    },
    updateReady(version) {
      if (wanted('update-ready')) raise('update-ready', { version });
    },
  };
}
