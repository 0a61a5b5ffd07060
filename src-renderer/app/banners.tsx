import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FailureShape } from '../../src-shared/failure.ts';
import { useAbsent, useBeingAnswered, useChat, useNotAllowed } from '../features/chat/index.ts';
import { LetInBy, OpenBar, RecoveryReminder } from '../features/members/index.ts';
import { KeyFileBar, LetInBars } from '../features/pairing/index.ts';
import { AtLoginCard, PausedBar } from '../features/role/index.ts';
import { mayAsk, useEngineTrouble, useFailureWords, useLinkState, useNode, useView } from '../node/index.ts';
import { Notice } from '../ui/index.ts';
import classes from './banners.module.css';

/**
 * What is wrong now, at most two things, the gravest first, and an engine that does not run; who wants in (`asking`: not while a dialog asks
 * the same); what has to be known.
 */
export function Banners({ asking, onEngine }: { asking: boolean; onEngine: () => void }): ReactNode {
  const lost = useLinkState().kind === 'lost';
  // Pages of their own say these.
  const troubles = useView((view) => view.troubles).filter(({ code }) => code !== 'pending' && code !== 'revoked');
  const calm = useView((view) => view.troubles.length === 0 && view.membership.applicants.length === 0);
  const nobody = useView(
    (view) => view.self.role.wanted !== 'leader' && view.self.role.actual.kind === 'subordinate' && view.self.role.actual.leader === null,
  );
  const allowed = useView(mayAsk);
  // An empty page says by itself that nobody answers.
  const chatting = useChat((state) => (state.conversation?.messages.length ?? 0) > 0);
  return (
    <div className={classes.banners}>
      {lost && <Lost />}
      {!lost && asking && <LetInBars />}
      {!lost && troubles.slice(0, 2).map((trouble) => <Trouble key={trouble.code} {...trouble} />)}
      {!lost && <EngineDown onEngine={onEngine} />}
      {!lost && nobody && chatting && !allowed && <NotAllowed />}
      {!lost && nobody && chatting && allowed && !troubles.some(({ code }) => code === 'no-leader') && <Nobody />}
      {!lost && <KeyFileBar bar />}
      {!lost && <PausedBar />}
      <OpenBar />
      {!lost && calm && <AtLoginCard />}
      {!lost && calm && <LetInBy />}
      {!lost && calm && <RecoveryReminder />}
    </div>
  );
}

function Lost(): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Notice bar tone="warn" title={t('link.lostTitle')} testId="banner">
      {t('link.lostText')}
    </Notice>
  );
}

function Trouble({ code, hint }: FailureShape): ReactNode {
  const words = useFailureWords()(code);
  const instead = useOtherPort();
  if (code === 'port-in-use' && instead !== null)
    return (
      <Notice bar tone="warn" title={instead.title} testId="banner">
        {instead.text} {instead.fix}
      </Notice>
    );
  return (
    <Notice bar tone={code === 'no-leader' ? 'warn' : 'bad'} title={words.title} testId="banner">
      {words.text} {words.fix}
      {code === 'conversations-damaged' && hint !== undefined && <div className={classes.path}>{hint}</div>}
    </Notice>
  );
}

/** That another port than the wished one is used, as the self-test says it; null: it is not. */
function useOtherPort(): { title: string; text: string; fix: string } | null {
  const { t } = useTranslation('window');
  const wanted = useView((view) => view.settings.swarmPort);
  const port = useView((view) => /\/tcp\/(\d+)/.exec(view.self.addresses.join(' '))?.[1] ?? null);
  if (port === null || port === String(wanted)) return null;
  return {
    title: t('doctor.otherPort', { port }),
    text: t('doctor.text.port-other', { wanted, port }),
    fix: t('doctor.fix.port-other', { port }),
  };
}

/** Of a machine that is to answer; whatever else there is, only its person can mend that. */
function EngineDown({ onEngine }: { onEngine: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const words = useEngineTrouble();
  if (words === null) return null;
  return (
    <Notice
      bar
      tone="bad"
      title={words.title}
      testId="engine-down"
      actions={
        <Button size="compact-sm" variant="default" onClick={onEngine} data-testid="engine-down-settings">
          {t('settings.title')}
        </Button>
      }
    >
      {words.text} {words.fix}
    </Notice>
  );
}

function Nobody(): ReactNode {
  const words = useFailureWords()('no-leader');
  const absent = useAbsent();
  const { t } = useTranslation('window');
  // a machine that stops answering others finishes what it began
  const title = useBeingAnswered() ? t('chat.nobodyNext') : words.title;
  return (
    <Notice bar tone="warn" title={title} testId="banner" actions={<LetThisOne />}>
      {absent.map(({ words: line }) => `${line}. `)}
      {words.fix}
    </Notice>
  );
}

/** Others may well answer, but not this device. */
function NotAllowed(): ReactNode {
  const { title, text } = useNotAllowed();
  return (
    <Notice bar tone="warn" title={title} testId="banner" actions={<LetThisOne />}>
      {text}
    </Notice>
  );
}

function LetThisOne(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  return (
    <Button size="compact-sm" variant="default" onClick={() => void node().role.set({ role: 'leader' })}>
      {t('role.letThisOne')}
    </Button>
  );
}
