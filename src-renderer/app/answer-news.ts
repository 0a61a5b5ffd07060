import { useEffect, useRef } from 'react';
import type { AnswerNews } from '../../src-shared/desktop.ts';
import { followRuns } from '../features/chat/index.ts';
import { useDesktop } from '../node/index.ts';

type Runs = Readonly<Record<string, { readonly phase: { readonly kind: string } }>>;

/** What became of the open questions between two looks at them. An answer that nobody goes on with is told once, not for each question. */
export function newsOf(before: Runs, after: Runs): AnswerNews[] {
  const waits = (runs: Runs, id: string): boolean => runs[id]?.phase.kind === 'waiting';
  const ids = Object.keys(before);
  const news: AnswerNews[] = [];
  if (Object.keys(after).some((id) => waits(after, id) && !waits(before, id))) news.push('leader-lost');
  if (ids.some((id) => waits(before, id) && id in after && !waits(after, id))) news.push('leader-back');
  if (ids.some((id) => !(id in after))) news.push('answer-ended');
  return news;
}

/** Tells the desktop, which decides whether the person sees it anyway. */
export function useAnswerNews(): void {
  const desktop = useDesktop();
  const last = useRef<Runs>({});
  useEffect(
    () =>
      followRuns((runs) => {
        const news = newsOf(last.current, runs);
        last.current = runs;
        for (const one of news)
          desktop()
            .tell({ news: one })
            .catch(() => undefined);
      }),
    [desktop],
  );
}
