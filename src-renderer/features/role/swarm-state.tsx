import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { takesQuestions } from '../../../src-shared/peer.ts';
import { useView } from '../../node/index.ts';
import classes from './swarm-state.module.css';

/** How many machines are here and how many answer: the swarm in one line. */
export function SwarmState(): ReactNode {
  const { t } = useTranslation('window');
  const connected = useView((view) => view.peers.filter((peer) => peer.state === 'connected').length);
  const answering = useView(
    (view) =>
      view.peers.filter((peer) => peer.state === 'connected' && takesQuestions(peer.offer)).length +
      (view.self.role.actual.kind === 'leader' ? 1 : 0),
  );
  const some = connected === 0 ? t('swarm.answeringAlone') : t('swarm.answering', { count: answering });
  const answers = answering === 0 ? t('swarm.nobodyAnswers') : some;
  return (
    <div className={classes.state} data-testid="swarm-state">
      <span className={classes.machines} title={t('swarm.machines', { count: connected + 1 })}>
        {t('swarm.machines', { count: connected + 1 })}
      </span>
      <span className={classes.answering} title={answers}>
        {answers}
      </span>
    </div>
  );
}
