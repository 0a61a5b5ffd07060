import { DirectionProvider, MantineProvider, mergeThemeOverrides, useDirection, useMantineColorScheme } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { attachFiles, useChat } from '../features/chat/index.ts';
import { DropZone, FirstRun, KeyDialogs, Removed, useJoining, WaitingToBeLetIn } from '../features/pairing/index.ts';
import { AddAddress } from '../features/peers/index.ts';
import { ThisComputer } from '../features/settings/index.ts';
import { useConnection, useLinkState, useView } from '../node/index.ts';
import { heightAs, Mark, theme } from '../ui/index.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { turnTo } from './i18n.ts';
import { Shell } from './shell.tsx';
import { ShutOut } from './shut-out.tsx';
import classes from './app.module.css';

/** The pages leave this room, so that what is said in passing lies on nothing that can be pressed. */
const toastsRoom = heightAs('--axon-toasts');

export function App(): ReactNode {
  const { t } = useTranslation('window');
  const close = t('common.close');
  const worded = useMemo(
    () => mergeThemeOverrides(theme, { components: { Notification: { defaultProps: { closeButtonProps: { 'aria-label': close } } } } }),
    [close],
  );
  // The theme's variables come from adoptTheme: no <style> elements, so that the content policy can stay strict.
  return (
    <DirectionProvider>
      <MantineProvider theme={worded} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <ErrorBoundary>
          <Screen />
        </ErrorBoundary>
        <div className={classes.toasts} ref={toastsRoom}>
          <Notifications position="bottom-right" limit={3} autoClose={6000} withinPortal={false} />
        </div>
      </MantineProvider>
    </DirectionProvider>
  );
}

/** Which screen there is before anything is known: waiting, refused; then what this machine is in its swarm decides. */
function Screen(): ReactNode {
  const link = useLinkState();
  const known = useConnection((state) => state.view !== null);
  if (link.kind === 'refused') return <Refused />;
  if (!known) return <Waiting />;
  return <Known />;
}

function Known(): ReactNode {
  useSettingsOfView();
  const taking = useChat((state) => state.taking);
  return (
    <>
      <Standing />
      <DropZone attach={taking ? attachFiles : null} />
      <KeyDialogs />
    </>
  );
}

/** First run, waiting to be let in, removed, or the shell. */
function Standing(): ReactNode {
  const joining = useJoining();
  const hasKey = useView((view) => view.key !== null);
  const standing = useView((view) => view.membership.standing);
  // An open swarm answers whoever has its key: then there is nothing to wait for.
  const answered = useView(
    ({ membership, self }) => membership.open || (self.role.actual.kind === 'subordinate' && self.role.actual.leader !== null),
  );
  if (standing === 'revoked') return <ShutOut key="removed" why="removed" page={(look) => <Removed look={look} />} />;
  if (standing === 'pending' && !joining && !answered)
    return <ShutOut key="waiting" why="waiting" page={(look) => <WaitingToBeLetIn byAddress={<AddAddress />} look={look} />} />;
  return hasKey && !joining ? <Shell /> : <FirstRun facts={<ThisComputer />} />;
}

/** Language and colour scheme are settings of the node, so that all windows look the same. */
function useSettingsOfView(): void {
  const { setDirection } = useDirection();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useView((view) => view.settings.colorScheme);
  const language = useView((view) => view.settings.language);
  useEffect(() => setColorScheme(scheme), [scheme, setColorScheme]);
  useEffect(() => {
    void turnTo(language, setDirection);
  }, [language, setDirection]);
}

function Waiting(): ReactNode {
  const { t } = useTranslation('window');
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 600);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className={classes.waiting} aria-busy="true">
      <Mark size={44} />
      {/* A fast start shows no words that vanish again. */}
      <p role="status">{slow ? t('link.connecting') : ''}</p>
    </main>
  );
}

function Refused(): ReactNode {
  const { t } = useTranslation('window');
  return (
    <main className={classes.waiting} data-testid="refused">
      <Mark size={44} />
      <h1>{t('link.refusedTitle')}</h1>
      <p>{t('link.refusedText')}</p>
    </main>
  );
}
