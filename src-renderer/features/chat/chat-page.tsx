import { Button } from '@mantine/core';
import { useContext, useEffect } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureWords, useLinkState, useView } from '../../node/index.ts';
import { heightAs, Mark, Notice, wasOnTop } from '../../ui/index.ts';
import { useAbsent } from './absent.ts';
import { chat, useBeingAnswered, useChat } from './chat.ts';
import { Composer } from './composer.tsx';
import { GoesOnFrom } from './left-out.tsx';
import { whoAnswers } from './who-answers.ts';
import { Messages } from './messages.tsx';
import { useNotAllowed } from './not-allowed.ts';
import { focusComposer } from './shortcuts.tsx';
import { ReadingOnly, RetryMenuSlot } from './slots.ts';
import type { PickedOf, PickerSlot, RetrySlot } from './slots.ts';
import { machineOf, modelOf } from './state.ts';
import { Announcer } from './announcer.tsx';
import classes from './chat-page.module.css';

const dockRoom = heightAs('--axon-dock');

/** `nextStep`: what a swarm without anyone to answer, or of one machine alone, needs; drawn on the empty page. */
export function ChatPage({ picker, retryMenu, nextStep }: { picker: PickerSlot; retryMenu: RetrySlot; nextStep: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const blocked = useBlocked();
  const model = useChat(modelOf);
  const machine = useChat((state) => machineOf(state)?.peerId ?? null);
  const machineName = useChat((state) => machineOf(state)?.name ?? null);
  const pick = (picked: PickedOf): void => {
    const { machine: peerId } = picked;
    chat.pick({ model: picked.model, machine: peerId === null ? null : { peerId, name: picked.machineName ?? '' } });
    // What comes next is a question; on a screen that is touched its keyboard would jump up.
    if (matchMedia('(hover: hover)').matches) focusComposer();
  };
  const failure = useChat((state) => state.failure);
  const words = useFailureWords();
  useChatKeys();
  const title = useChat((state) => state.conversation?.title ?? '');

  return (
    <section className={classes.page} aria-label={title === '' ? t('conversations.untitled') : title}>
      <GoesOnFrom />
      <RetryMenuSlot value={retryMenu}>
        <Messages empty={<EmptyChat nextStep={nextStep} />} />
      </RetryMenuSlot>
      <div className={classes.dock} ref={dockRoom}>
        {failure !== null && (
          <div className={classes.notice}>
            <Notice
              tone="bad"
              title={words(failure.code).title}
              actions={
                <Button size="compact-sm" variant="default" onClick={() => chat.forgetFailure()}>
                  {t('common.dismiss')}
                </Button>
              }
            >
              {words(failure.code).text} {words(failure.code).fix}
            </Notice>
          </div>
        )}
        <Composer blocked={blocked} picker={picker({ model, machine, machineName }, pick)} />
      </div>
      <Announcer />
    </section>
  );
}

function EmptyChat({ nextStep }: { nextStep: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const kind = useView((view) => whoAnswers(view).kind);
  const alone = useView((view) => view.membership.members.length <= 1);
  const name = useView((view) => {
    const answerers = whoAnswers(view);
    return answerers.kind === 'other' ? answerers.name : '';
  });
  const absent = useAbsent();
  const reading = useContext(ReadingOnly) !== null;
  const notAllowed = useNotAllowed();
  const waiting = kind === 'none' && absent.length > 0;
  const words: Record<typeof kind, { title: string; text: string }> = {
    none: { title: t('chat.emptyNobody'), text: t('chat.emptyNobodyText') },
    'no-model': { title: t('chat.emptyNoModel'), text: t('chat.emptyNoModelText') },
    'no-engine': { title: t('chat.emptyNow'), text: t('chat.emptyEngine') },
    'not-allowed': notAllowed,
    self: { title: t('chat.emptyTitle'), text: t('chat.emptySelf') },
    other: { title: t('chat.emptyTitle'), text: t('chat.emptyOther', { name }) },
  };
  if (reading)
    return (
      <div className={classes.empty} data-testid="chat-empty">
        <div className={classes.emptyCard}>
          <Mark size={40} />
          <h1>{t('own.title')}</h1>
          <p>{t('own.choose')}</p>
        </div>
      </div>
    );
  return (
    <div className={classes.empty} data-testid="chat-empty">
      <div className={classes.emptyCard}>
        <Mark size={40} />
        <h1>{waiting ? t('chat.emptyNow') : words[kind].title}</h1>
        {waiting && (
          <ul className={classes.absent} data-testid="absent">
            {absent.map(({ peerId, words: line }) => (
              <li key={peerId}>{line}</li>
            ))}
          </ul>
        )}
        <p>{waiting ? t('chat.emptyWait') : words[kind].text}</p>
        {(kind === 'self' ? alone : kind !== 'other') && nextStep}
      </div>
    </div>
  );
}

/** Why a question cannot be sent now; null: it can. */
function useBlocked(): string | null {
  const { t } = useTranslation('window');
  const linked = useLinkState().kind === 'connected';
  const reading = useContext(ReadingOnly);
  const kind = useView((view) => whoAnswers(view).kind);
  const actual = useView((view) => view.self.role.actual.kind);
  const answered = useBeingAnswered();
  if (reading !== null) return reading;
  if (!linked) return t('chat.blockedLost');
  if (kind === 'no-model') return t('chat.blockedNoModel');
  if (kind === 'self' || kind === 'other') return null;
  if (actual === 'starting') return t('chat.blockedStarting');
  if (kind === 'not-allowed') return t('chat.blockedNotAllowed');
  return answered ? t('chat.blockedNobodyNext') : t('chat.blockedNobody');
}

/** Esc stops, unless something on top wants it. Drafts are saved before the page goes. */
function useChatKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing && !wasOnTop()) chat.stop();
    };
    const onHide = (): void => {
      if (document.visibilityState === 'hidden') void chat.saveDraft();
    };
    const onLeave = (): void => void chat.saveDraft();
    window.addEventListener('keydown', onKey);
    window.addEventListener('pagehide', onLeave);
    document.addEventListener('visibilitychange', onHide);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('pagehide', onLeave);
      document.removeEventListener('visibilitychange', onHide);
    };
  }, []);
}
