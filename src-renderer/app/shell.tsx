import { ActionIcon, Button } from '@mantine/core';
import { Plus, ScrollText, Settings } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChatPage, ConversationList, saveDrafts, Shortcuts, startNewChat, useChat, useConversations } from '../features/chat/index.ts';
import type { Command, PickerSlot, RetrySlot } from '../features/chat/index.ts';
import { NobodyFound, NobodyFoundHint } from '../features/discovery/index.ts';
import { ModelPicker, RetryMenu } from '../features/models/index.ts';
import { LedgerView } from '../features/ledger/index.ts';
import { MemberLine, OpenSwitch, RecoveryCard, RemovedList } from '../features/members/index.ts';
import { AddDevice, AddNext, KeyCard, RecoverButton } from '../features/pairing/index.ts';
import { MachineList, MachinesPage } from '../features/peers/index.ts';
import { FirstModel, GetModels, ModelsThere } from '../features/downloads/index.ts';
import { AnswerHere, RoleToggle, SwarmState } from '../features/role/index.ts';
import { SettingsDrawer } from '../features/settings/index.ts';
import { useDesktop, useWishes } from '../node/index.ts';
import { Mark } from '../ui/index.ts';
import { useAnswerNews } from './answer-news.ts';
import { useRoutes } from './answer-routes.ts';
import { Banners } from './banners.tsx';
import { useCommands } from './commands.ts';
import { Frame } from './frame.tsx';
import classes from './shell.module.css';

/** focus: a peer id or null */
type Page = { kind: 'chat' } | { kind: 'machines'; focus: string | null } | { kind: 'ledger' };

// Made once: a page of answers is drawn anew when they change.
const picker: PickerSlot = (picked, onPick) => <ModelPicker picked={picked} onPick={onPick} />;
const retryMenu: RetrySlot = (answered, onPick) => <RetryMenu answered={answered} onPick={onPick} />;

const machinesPage: Page = { kind: 'machines', focus: null };

/** The window of a swarm: column on the left, top bar, one page. Features meet here and nowhere else. */
export function Shell(): ReactNode {
  const { t } = useTranslation('window');
  const [page, setPage] = useState<Page>({ kind: 'chat' });
  const [column, setColumn] = useState<'open' | 'search' | null>(null);
  const [settings, setSettings] = useState<'closed' | 'open' | 'engine'>('closed');
  const [adding, setAdding] = useState(false);
  const [sheet, setSheet] = useState(false);
  const go = (next: Page): void => {
    setPage(next);
    setColumn(null);
  };
  const openSettings = (): void => {
    setColumn(null);
    setSettings('open');
  };
  const openAdd = (): void => {
    setColumn(null);
    setAdding(true);
  };
  useConversations();
  useAnswerNews();
  const routes = useRoutes();
  const answering = useChat((state) => Object.keys(state.runs).length > 0);
  const desktop = useDesktop();
  useWishes((wish) => {
    if (wish === 'save') void saveDrafts().then(() => desktop().saved());
    else if (wish === 'settings') openSettings();
    else if (wish === 'add-device') openAdd();
    else {
      // what is wrong stands above every page, or in the empty chat; nothing may lie over it
      setSettings('closed');
      setAdding(false);
      go({ kind: 'chat' });
      if (wish === 'new-chat') startNewChat();
    }
  });
  const back: { to: Page; label: string } =
    page.kind === 'ledger'
      ? { to: machinesPage, label: t('shell.backToMachines') }
      : { to: { kind: 'chat' }, label: t('shell.backToChat') };
  const commands = useCommands({
    page: page.kind,
    stay: () => setColumn(null),
    toChat: () => go({ kind: 'chat' }),
    toMachines: () => go(machinesPage),
    toSettings: openSettings,
    toAdd: openAdd,
    toKeys: () => {
      setColumn(null);
      setSheet(true);
    },
  });
  const side = <Side page={page} seeking={column === 'search'} commands={commands} go={go} onSettings={openSettings} onAdd={openAdd} />;

  return (
    <>
      <Frame
        side={side}
        names={{ column: t('shell.column'), open: t('shell.openColumn') }}
        opened={column !== null}
        onOpened={(opened) => setColumn(opened ? 'open' : null)}
        back={page.kind === 'chat' ? null : { label: back.label, go: () => go(back.to) }}
        bar={
          <>
            <div className={classes.grow}>
              <SwarmState />
            </div>
            <RoleToggle />
          </>
        }
      >
        <Banners asking={!adding} onEngine={() => setSettings('engine')} />
        <main className={classes.page} data-page={page.kind}>
          {page.kind === 'chat' && (
            <ChatPage
              picker={picker}
              retryMenu={retryMenu}
              nextStep={
                <div className={classes.nextStep}>
                  <AnswerHere />
                  <FirstModel />
                  <AddNext onAdd={openAdd} />
                  <NobodyFoundHint onOpen={() => go(machinesPage)} />
                </div>
              }
            />
          )}
          {page.kind === 'machines' && (
            <MachinesPage
              focus={page.focus}
              routes={routes}
              actions={<MachineActions onLedger={() => go({ kind: 'ledger' })} onAdd={openAdd} />}
              footOf={(peerId) => (
                <>
                  <ModelsThere peerId={peerId} />
                  <MemberLine peerId={peerId} />
                </>
              )}
              below={
                <>
                  <RemovedList />
                  <NobodyFound />
                </>
              }
            />
          )}
          {page.kind === 'ledger' && <LedgerView />}
        </main>
      </Frame>
      <SettingsDrawer
        opened={settings !== 'closed'}
        engineInSight={settings === 'engine'}
        onClose={() => setSettings('closed')}
        keyCard={<KeyCard />}
        answering={answering}
        downloads={<GetModels />}
        members={
          <>
            <OpenSwitch />
            <RecoveryCard recover={<RecoverButton variant="default" size="xs" />} />
          </>
        }
      />
      <Shortcuts
        sheet={sheet}
        onSheet={setSheet}
        toChat={() => go({ kind: 'chat' })}
        toSearch={() => setColumn('search')}
        toSettings={openSettings}
      />
      <AddDevice opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}

function MachineActions({ onLedger, onAdd }: { onLedger: () => void; onAdd: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <>
      <Button size="xs" variant="default" leftSection={<ScrollText size={14} aria-hidden />} onClick={onLedger} data-testid="ledger-open">
        {t('ledger.open')}
      </Button>
      <Button size="xs" leftSection={<Plus size={14} aria-hidden />} onClick={onAdd} data-testid="add-device-open">
        {t('add.open')}
      </Button>
    </>
  );
}

function Side({
  page,
  seeking,
  commands,
  go,
  onSettings,
  onAdd,
}: {
  page: Page;
  seeking: boolean;
  commands: readonly Command[];
  go: (page: Page) => void;
  onSettings: () => void;
  onAdd: () => void;
}): ReactNode {
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
      <ConversationList active={page.kind === 'chat'} seeking={seeking} commands={commands} onOpen={() => go({ kind: 'chat' })} />
      <MachineList onOpen={(focus) => go({ kind: 'machines', focus })} onAdd={onAdd} />
    </div>
  );
}
