import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
import classes from './members.module.css';

/** Who was taken out, for the record; folded, since it seldom matters. */
export function RemovedList(): ReactNode {
  const { t } = useTranslation('window');
  const removed = useView((view) => view.membership.removed);
  if (removed.length === 0) return null;
  return (
    <details className={classes.removed} data-testid="removed-list">
      <summary>{t('members.removedTitle', { count: removed.length })}</summary>
      <ul>
        {removed.map(({ peerId, name }) => (
          <li key={peerId}>
            <bdi>{name}</bdi> <code dir="ltr">…{peerId.slice(-6)}</code>
          </li>
        ))}
      </ul>
      <p className={classes.hint}>{t('members.removedHint')}</p>
    </details>
  );
}
