import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message, RouteStep } from '../../../src-shared/conversation.ts';
import { writtenSteps } from '../../../src-shared/route.ts';
import { format } from '../../ui/index.ts';
import { lostKind } from './lost.ts';
import classes from './route.module.css';

type Answer = NonNullable<Message['answer']>;

/** Who wrote the answer: "GPU-DESKTOP, then STUDIO"; null: nobody is known. */
export function useWriters(answer: Answer, length: number): string | null {
  const { t } = useTranslation('window');
  const steps = writtenSteps(answer.route ?? [], length);
  const names = new Map(steps.map(({ leader }) => [leader.peerId, leader.name]));
  const [first, second, ...more] = names.values();
  if (first === undefined) return answer.placement?.leader.name ?? null;
  if (second === undefined) return first;
  return more.length === 0 ? t('chat.route.two', { first, second }) : t('chat.route.more', { first, count: names.size - 1 });
}

/** Who wrote which part, and why the others left; nothing when one machine wrote all of it. edited: characters of the person's */
export function Route({ route, length, edited }: { route: readonly RouteStep[]; length: number; edited: number }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const steps = writtenSteps(route, length);
  if (steps.length < (edited > 0 ? 1 : 2)) return null;
  const part = (characters: number): string =>
    t('chat.route.share', { share: format.percent(characters / Math.max(1, length), i18n.language) });
  const share = (at: number): string => part((steps[at + 1]?.from ?? length) - (steps[at]?.from ?? 0));
  return (
    <ol className={classes.route} aria-label={t('chat.route.title')} data-testid="answer-route">
      {edited > 0 && (
        <li>
          <span className={classes.name}>{t('chat.route.you')}</span>
          <span className={classes.facts}>{part(edited)}</span>
        </li>
      )}
      {steps.map((step, at) => (
        <li key={step.from}>
          <span className={classes.name}>{step.leader.name}</span>
          <span className={classes.facts}>
            {[
              share(at),
              step.model === steps[0]?.model ? null : step.model,
              step.lost === null ? null : t(`chat.route.lost.${lostKind(step.lost)}`),
            ]
              .filter((part) => part !== null)
              .join(' · ')}
          </span>
        </li>
      ))}
    </ol>
  );
}
