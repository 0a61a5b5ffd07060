import { ArrowRightLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { format } from '../../ui/index.ts';
import { lostKind } from './lost.ts';
import type { Phase, Run } from './run.ts';
import classes from './phase.module.css';

type Wait = Exclude<Phase, { kind: 'writing' }>;

/** What stands beneath the text of a running answer: who went on with it, and what it waits for. quiet: that is said above it already. */
export function Progress({ run, quiet }: { run: Run; quiet: boolean }): ReactNode {
  const name = run.placement?.leader.name ?? null;
  const wrote = run.text !== '';
  return (
    <>
      {run.lost !== null && name !== null && goesOn(run.phase) && <Moved lost={run.lost} name={name} />}
      {quiet ? null : run.phase.kind === 'writing' ? (
        <span className={classes.caret} aria-hidden />
      ) : (
        <Waiting phase={run.phase} machine={name} wrote={wrote} />
      )}
    </>
  );
}

/** A machine is chosen, so that "continuing on" is true. */
export function goesOn(phase: Phase): boolean {
  return phase.kind !== 'moving' && phase.kind !== 'waiting' && phase.kind !== 'sending';
}

function Moved({ lost, name }: { lost: NonNullable<Run['lost']>; name: string }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <p className={classes.moved} data-testid="answer-moved">
      <ArrowRightLeft size={13} aria-hidden />
      <span>{t(`chat.moved.${lostKind(lost.code)}`, { lost: lost.name, name })}</span>
    </p>
  );
}

/** What the answer waits for, in words, with a bar where there is a number. wrote: there is text already. */
export function Waiting({ phase, machine, wrote }: { phase: Wait; machine: string | null; wrote: boolean }): ReactNode {
  const { i18n } = useTranslation();
  const words = useWaitWords()(phase, machine, wrote);
  const progress = phase.kind === 'loading' || phase.kind === 'reading' ? phase.progress : undefined;
  return (
    <div className={classes.waiting} data-testid="answer-phase" data-phase={phase.kind}>
      <span className={classes.waitingWords}>
        <span className={classes.pulse} aria-hidden />
        <span>{words}</span>
      </span>
      {progress !== undefined && (
        <>
          <progress className={classes.bar} value={progress} max={1} aria-label={words} />
          <span className={classes.percent}>{format.percent(progress, i18n.language)}</span>
        </>
      )}
    </div>
  );
}

/** What an answer waits for, in words, without how far that is. machine: the name of the one that has it; wrote: there is text already */
export function useWaitWords(): (phase: Wait, machine: string | null, wrote: boolean) => string {
  const { t, i18n } = useTranslation('window');
  return (phase, machine, wrote) => {
    const name = machine ?? t('chat.aMachine');
    switch (phase.kind) {
      case 'sending':
        return wrote ? t('chat.phase.resuming') : t('chat.phase.sending');
      case 'placed':
        return wrote ? t('chat.phase.catchingUp', { name }) : t('chat.phase.placed', { name });
      case 'queued': {
        const place =
          phase.position === 1
            ? t('chat.phase.queuedNext', { name })
            : t('chat.phase.queued', { name, count: phase.position, ordinal: true });
        return phase.etaMs === undefined ? place : t('chat.phase.about', { place, time: format.wait(phase.etaMs, i18n.language) });
      }
      case 'loading':
        return t('chat.phase.loading', { name, model: phase.model });
      case 'reading':
        return wrote ? t('chat.phase.catchingUp', { name }) : t('chat.phase.reading', { name });
      case 'thinking':
        return t('chat.phase.thinking', { name });
      case 'reconnecting':
        return wrote ? t('chat.phase.reconnecting', { name: phase.name }) : t('chat.phase.reconnectingEarly', { name: phase.name });
      case 'moving':
        return t(`chat.moving.${lostKind(phase.lost.code)}`, { lost: phase.lost.name });
      case 'waiting':
        return wrote ? t('chat.phase.waiting') : t('chat.phase.waitingEarly');
    }
  };
}
