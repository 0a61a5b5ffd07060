import { Button, Modal, TextInput } from '@mantine/core';
import { SquarePen } from 'lucide-react';
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { ComponentProps, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import type { CustomItemComponentProps, VirtualizerHandle } from 'virtua';
import type { ConversationSummary, SearchHit } from '../../../src-shared/conversation.ts';
import { chat, useChat } from './chat.ts';
import { onceThere } from './by-keyboard.ts';
import { closedFolders, keepClosedFolders } from './closed-folders.ts';
import type { Command } from './commands.ts';
import { Files } from './files.tsx';
import { useFinding } from './finding.ts';
import { focusFolder, Head } from './folder-head.tsx';
import type { FolderActs } from './folder-head.tsx';
import { Found } from './found.tsx';
import { ListedConversation } from './conversation-row.tsx';
import { foldersOf, listRows, rowBeside } from './list-rows.ts';
import { SearchBox } from './search.tsx';
import { focusBox, focusConversation, offerUndo } from './undo-remove.tsx';
import { ReadingOnly } from './slots.ts';
import classes from './conversation-list.module.css';

/**
 * The conversations of this machine: searched, pinned, in folders, newest first. `onOpen`: the person wants to see a conversation. `seeking`: or to
 * search, and the column comes for that. `commands`: what the search finds besides
 */
export function ConversationList({
  active,
  seeking,
  commands,
  onOpen,
}: {
  active: boolean;
  seeking: boolean;
  commands: readonly Command[];
  onOpen: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const reading = useContext(ReadingOnly) !== null;
  const openHit = (hit: SearchHit): void => {
    void chat.open(hit.id, hit.messageId ?? undefined);
    onOpen();
    // one that is open already does not come anew
    if (matchMedia('(hover: hover)').matches) onceThere('[data-testid=composer]', (composer) => composer.focus({ preventScroll: true }));
  };
  const { box, shown, hits, commands: offered, failed, run } = useFinding(commands, openHit);
  const count = (hits?.length ?? 0) + offered.length;
  const found = shown !== null && count > 0 && (
    <Found hits={hits ?? []} commands={offered} active={box.active} over={shown === 'over'} onHit={openHit} onCommand={run} />
  );

  return (
    <nav className={classes.section} aria-label={t('conversations.title')}>
      {!reading && (
        <Button
          variant="default"
          fullWidth
          justify="flex-start"
          leftSection={<SquarePen size={15} aria-hidden />}
          data-testid="new-chat"
          onClick={() => {
            void chat.startNew();
            onOpen();
          }}
        >
          {t('conversations.new')}
        </Button>
      )}
      <div className={classes.searchLine}>
        <SearchBox box={box} seeking={seeking} commands={commands.length > 0} expanded={found !== false} />
        <Files onOpen={onOpen} />
        {shown === 'over' && found}
      </div>
      {failed && <p className={classes.empty}>{t('conversations.searchFailed')}</p>}
      {shown === 'lasting' && found}
      {hits === null ? (
        <List active={active} onOpen={onOpen} />
      ) : (
        <>
          <p className="axon-unseen" role="status">
            {t('conversations.hits', { count })}
          </p>
          {count === 0 && <p className={classes.empty}>{t('conversations.noHits')}</p>}
        </>
      )}
    </nav>
  );
}

/** Which dialog is open, and about what. */
type Asking =
  | { what: 'name'; summary: ConversationSummary }
  | { what: 'folder'; summary: ConversationSummary }
  | { what: 'folder-name'; folder: string };

/** What stands in the field before anybody types. */
function firstText(asking: Asking): string {
  switch (asking.what) {
    case 'name':
      return asking.summary.title;
    case 'folder':
      return '';
    case 'folder-name':
      return asking.folder;
  }
}

function List({ active, onOpen }: { active: boolean; onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const summaries = useChat((state) => state.summaries);
  const currentId = useChat((state) => state.currentId);
  const [closed, setClosed] = useState(closedFolders);
  const [asking, setAsking] = useState<Asking | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useRef<VirtualizerHandle>(null);
  const rows = useMemo(() => listRows(summaries ?? [], closed), [summaries, closed]);
  const folders = useMemo(() => foldersOf(summaries ?? []), [summaries]);
  const shut = (next: ReadonlySet<string>, there: readonly string[]): void => {
    setClosed(next);
    keepClosedFolders(next, there);
  };
  const inFolder = (folder: string): string[] => (summaries ?? []).flatMap((summary) => (summary.folder === folder ? [summary.id] : []));
  const onToggle = (folder: string): void => {
    const next = new Set(closed);
    if (!next.delete(folder)) next.add(folder);
    shut(next, folders);
  };
  const onNewName = (folder: string, name: string): void => {
    // a folder that there is already takes them in, and stays as it is
    if (closed.has(folder) && !folders.includes(name)) shut(new Set([...closed, name]), [...folders, name]);
    void chat.moveAll(inFolder(folder), name);
    focusFolder(name);
  };
  const onDissolve = (folder: string): void => {
    const ids = inFolder(folder);
    void chat.moveAll(ids, null);
    const said = t('conversations.dissolved', { folder });
    offerUndo(said, () => void chat.moveAll(ids, folder).then(() => focusFolder(folder)));
    focusConversation(ids[0] ?? null);
  };
  const folderActs: FolderActs = { onToggle, onRename: (folder) => setAsking({ what: 'folder-name', folder }), onDissolve };
  const open = useCallback(
    (id: string) => {
      void chat.open(id);
      onOpen();
    },
    [onOpen],
  );
  const onRename = useCallback((summary: ConversationSummary) => setAsking({ what: 'name', summary }), []);
  const onFile = useCallback((summary: ConversationSummary) => setAsking({ what: 'folder', summary }), []);
  const shown = useRef(rows);
  const shownPage = useRef(active);
  useEffect(() => {
    shown.current = rows;
    shownPage.current = active;
  });
  // what was opened from elsewhere, after an import or by a search, is in sight here as well
  useEffect(() => {
    const at = shown.current.findIndex((row) => row.kind !== 'head' && row.summary.id === currentId);
    if (at !== -1) virtual.current?.scrollToIndex(at, { align: 'nearest' });
  }, [currentId]);
  const onRemove = useCallback(
    async (summary: ConversationSummary, pointed: boolean) => {
      const wasOpen = shownPage.current && chat.store.getState().currentId === summary.id;
      const next = rowBeside(shown.current, summary.id);
      if (!(await chat.remove(summary.id))) return;
      const title = summary.title === '' ? t('conversations.untitled') : summary.title;
      offerUndo(t('conversations.removed', { title }), () => void chat.restore(summary.id).then(() => focusConversation(summary.id)));
      // who works by keys goes on in the list; whoever points types next, save where the keyboard of a screen would come up for it
      if (pointed && wasOpen && matchMedia('(hover: hover)').matches) focusBox();
      else focusConversation(next);
    },
    [t],
  );

  return (
    <>
      {summaries?.length === 0 && <p className={classes.empty}>{t('conversations.empty')}</p>}
      <div className={classes.frame} ref={frame} data-testid="conversation-list">
        <Virtualizer ref={virtual} data={rows} scrollRef={frame} as={Ul} item={Li} itemSize={32} bufferSize={320}>
          {(row) =>
            row.kind === 'head' ? (
              <Head key={row.key} row={row} acts={folderActs} />
            ) : (
              <ListedConversation
                key={row.key}
                summary={row.summary}
                inFolder={row.inFolder}
                current={active && row.summary.id === currentId}
                onOpen={open}
                onRename={onRename}
                onFile={onFile}
                onRemove={onRemove}
              />
            )
          }
        </Virtualizer>
      </div>
      {asking !== null && (
        <AskForText
          title={
            { name: t('conversations.rename'), folder: t('conversations.newFolder'), 'folder-name': t('conversations.renameFolder') }[
              asking.what
            ]
          }
          label={asking.what === 'folder' ? t('conversations.folderName') : t('conversations.name')}
          first={firstText(asking)}
          longest={asking.what === 'name' ? 200 : 60}
          onText={(text) => {
            if (asking.what === 'name') void chat.rename(asking.summary.id, text);
            else if (asking.what === 'folder') void chat.moveTo(asking.summary.id, text);
            else if (text !== asking.folder) onNewName(asking.folder, text);
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

const Ul = (props: ComponentProps<'ul'>): ReactNode => <ul {...props} className={classes.list} />;
const Li = ({ index: _, ...props }: CustomItemComponentProps): ReactNode => <li {...props} className={classes.item} />;

function AskForText(props: {
  title: string;
  label: string;
  first: string;
  longest: number;
  onText: (text: string) => void;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const [text, setText] = useState(props.first);
  // it comes opened and goes with its place, so Mantine does not know where the focus was
  useEffect(() => {
    const { activeElement: opener } = document;
    return () => {
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <Modal opened onClose={props.onClose} title={props.title} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') props.onText(text.trim());
          props.onClose();
        }}
      >
        <TextInput
          label={props.label}
          value={text}
          maxLength={props.longest}
          onChange={(event) => setText(event.currentTarget.value)}
          // another name takes the place of the old one
          onFocus={(event) => event.currentTarget.select()}
          data-autofocus
        />
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={props.onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit">{t('common.save')}</Button>
        </div>
      </form>
    </Modal>
  );
}
