import { Button, Modal, TextInput } from '@mantine/core';
import { ChevronDown, SquarePen } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ComponentProps, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import type { CustomItemComponentProps } from 'virtua';
import type { ConversationSummary, SearchHit } from '../../../src-shared/conversation.ts';
import { chat, useChat } from './chat.ts';
import { Files } from './files.tsx';
import { ListedConversation } from './conversation-row.tsx';
import { listRows, rowBeside } from './list-rows.ts';
import type { ListRow } from './list-rows.ts';
import { Hits, SearchBox, useSearch } from './search.tsx';
import { focusConversation, offerUndo } from './undo-remove.tsx';
import classes from './conversation-list.module.css';

/**
 * The conversations of this machine: searched, pinned, in folders, newest first. `onOpen`: the person wants to see a conversation. `seeking`: or to
 * search, and the column comes for that
 */
export function ConversationList({ active, seeking, onOpen }: { active: boolean; seeking: boolean; onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const [text, setText] = useState('');
  const { hits, failed } = useSearch(text);
  const openHit = (hit: SearchHit): void => {
    void chat.open(hit.id, hit.messageId ?? undefined);
    onOpen();
  };

  return (
    <nav className={classes.section} aria-label={t('conversations.title')}>
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
      <div className={classes.searchLine}>
        <SearchBox
          text={text}
          onChange={setText}
          seeking={seeking}
          onFirst={() => {
            const [first] = hits ?? [];
            if (first !== undefined) openHit(first);
          }}
        />
        <Files />
      </div>
      {failed && <p className={classes.empty}>{t('conversations.searchFailed')}</p>}
      {hits === null ? <List active={active} onOpen={onOpen} /> : <Hits hits={hits} onOpen={openHit} />}
    </nav>
  );
}

/** Which dialog is open, and about what. */
type Asking = { what: 'name' | 'folder'; summary: ConversationSummary };

function List({ active, onOpen }: { active: boolean; onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const summaries = useChat((state) => state.summaries);
  const currentId = useChat((state) => state.currentId);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Asking | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => listRows(summaries ?? [], closed), [summaries, closed]);
  const toggle = (folder: string): void =>
    setClosed((old) => {
      const next = new Set(old);
      if (!next.delete(folder)) next.add(folder);
      return next;
    });
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
  useEffect(() => {
    shown.current = rows;
  });
  const onRemove = useCallback(
    async (summary: ConversationSummary) => {
      const next = rowBeside(shown.current, summary.id);
      if (!(await chat.remove(summary.id))) return;
      offerUndo(summary, { close: t('common.close') });
      focusConversation(next);
    },
    [t],
  );

  return (
    <>
      {summaries?.length === 0 && <p className={classes.empty}>{t('conversations.empty')}</p>}
      <div className={classes.frame} ref={frame} data-testid="conversation-list">
        <Virtualizer data={rows} scrollRef={frame} as={Ul} item={Li} itemSize={32} bufferSize={320}>
          {(row) =>
            row.kind === 'head' ? (
              <Head key={row.key} row={row} onToggle={toggle} />
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
          title={asking.what === 'name' ? t('conversations.rename') : t('conversations.newFolder')}
          label={asking.what === 'name' ? t('conversations.name') : t('conversations.folderName')}
          first={asking.what === 'name' ? asking.summary.title : ''}
          longest={asking.what === 'name' ? 200 : 60}
          onText={(name) => void (asking.what === 'name' ? chat.rename(asking.summary.id, name) : chat.moveTo(asking.summary.id, name))}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

const Ul = (props: ComponentProps<'ul'>): ReactNode => <ul {...props} className={classes.list} />;
const Li = ({ index: _, ...props }: CustomItemComponentProps): ReactNode => <li {...props} className={classes.item} />;

function Head({ row, onToggle }: { row: Extract<ListRow, { kind: 'head' }>; onToggle: (folder: string) => void }): ReactNode {
  const { t } = useTranslation('window');
  const { folder } = row;
  if (folder === null)
    return <h2 className={classes.head}>{row.head === 'pinned' ? t('conversations.pinned') : t('conversations.others')}</h2>;
  return (
    <h2 className={classes.head}>
      <button type="button" className={classes.folder} aria-expanded={!row.closed} onClick={() => onToggle(folder)} data-testid="folder">
        <ChevronDown size={13} aria-hidden className={classes.folderArrow} />
        <span className={classes.folderName}>{folder}</span>
        <span className={classes.count}>{row.count}</span>
      </button>
    </h2>
  );
}

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
