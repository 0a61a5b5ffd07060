import { ActionIcon, Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { ArrowLeft, Menu, Settings } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChatPage, ConversationList } from '../features/chat/index.ts';
import { ModelPicker } from '../features/models/index.ts';
import { KeyCard, KeyInvite } from '../features/pairing/index.ts';
import { MachineList, MachinesPage } from '../features/peers/index.ts';
import { AnswerHere, RoleToggle, SwarmState } from '../features/role/index.ts';
import { SettingsDrawer } from '../features/settings/index.ts';
import { Mark } from '../ui/index.ts';
import { Banners } from './banners.tsx';
import classes from './shell.module.css';

/** focus: a peer id, 'add' or null */
type Page = { kind: 'chat' } | { kind: 'machines'; focus: string | null };

/** The window of a swarm: column on the left, top bar, one page. Features meet here and nowhere else. */
export function Shell(): ReactNode {
  const { t } = useTranslation('window');
  const narrow = useMediaQuery('(width < 760px)', undefined, { getInitialValueInEffect: false });
  const [page, setPage] = useState<Page>({ kind: 'chat' });
  const [column, setColumn] = useState(false);
  const [settings, setSettings] = useState(false);
  const go = (next: Page): void => {
    setPage(next);
    setColumn(false);
  };
  const openSettings = (): void => {
    setColumn(false);
    setSettings(true);
  };
  const side = <Side page={page} go={go} onSettings={openSettings} />;

  return (
    <div className={classes.shell}>
      {!narrow && <aside className={classes.side}>{side}</aside>}
      {narrow && (
        <Drawer
          opened={column}
          onClose={() => setColumn(false)}
          size={290}
          withCloseButton={false}
          padding={0}
          attributes={{ content: { 'aria-label': t('shell.column') } }}
          classNames={{ body: classes.drawerBody ?? '', content: classes.drawer ?? '' }}
        >
          {side}
        </Drawer>
      )}
      <div className={classes.main}>
        <header className={classes.top}>
          {narrow && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={34}
              onClick={() => setColumn(true)}
              aria-label={t('shell.openColumn')}
              data-testid="column-open"
            >
              <Menu size={18} aria-hidden />
            </ActionIcon>
          )}
          {page.kind === 'machines' && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={34}
              onClick={() => go({ kind: 'chat' })}
              aria-label={t('shell.backToChat')}
              title={t('shell.backToChat')}
              data-testid="back-to-chat"
            >
              <ArrowLeft size={18} aria-hidden className="axon-mirror" />
            </ActionIcon>
          )}
          <div className={classes.grow}>
            <SwarmState />
          </div>
          <RoleToggle />
        </header>
        <Banners />
        <main className={classes.page}>
          {page.kind === 'chat' ? (
            <ChatPage
              modelPicker={(model, onPick) => <ModelPicker model={model} onPick={onPick} />}
              nextStep={
                <div className={classes.nextStep}>
                  <AnswerHere />
                  <KeyInvite />
                </div>
              }
            />
          ) : (
            <MachinesPage focus={page.focus} invite={<KeyInvite />} />
          )}
        </main>
      </div>
      <SettingsDrawer opened={settings} onClose={() => setSettings(false)} keyCard={<KeyCard />} />
    </div>
  );
}

function Side({ page, go, onSettings }: { page: Page; go: (page: Page) => void; onSettings: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <div className={classes.column}>
      <div className={classes.brand}>
        <Mark size={22} />
        <span className={classes.word}>Axon</span>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          onClick={onSettings}
          aria-label={t('settings.title')}
          title={t('settings.title')}
          data-testid="settings-open"
        >
          <Settings size={17} aria-hidden />
        </ActionIcon>
      </div>
      <ConversationList active={page.kind === 'chat'} onOpen={() => go({ kind: 'chat' })} />
      <MachineList onOpen={(focus) => go({ kind: 'machines', focus })} onAdd={() => go({ kind: 'machines', focus: 'add' })} />
    </div>
  );
}
