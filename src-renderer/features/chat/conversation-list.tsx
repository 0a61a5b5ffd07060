import { ActionIcon, Button, Menu, Modal, TextInput } from '@mantine/core';
import { Ellipsis, Pencil, SquarePen, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationSummary } from '../../../src-shared/conversation.ts';
import { chat, useChat } from './chat.ts';
import classes from './conversation-list.module.css';

/** The conversations of this machine, newest first. `onOpen`: the person wants to see a conversation. */
export function ConversationList({ active, onOpen }: { active: boolean; onOpen: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const summaries = useChat((state) => state.summaries);
  const currentId = useChat((state) => state.currentId);
  const [renaming, setRenaming] = useState<ConversationSummary | null>(null);
  const [removing, setRemoving] = useState<ConversationSummary | null>(null);

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
      {summaries?.length === 0 && <p className={classes.empty}>{t('conversations.empty')}</p>}
      <ul className={classes.list}>
        {summaries?.map((summary) => (
          <Row
            key={summary.id}
            summary={summary}
            current={active && summary.id === currentId}
            onOpen={() => {
              void chat.open(summary.id);
              onOpen();
            }}
            onRename={() => setRenaming(summary)}
            onRemove={() => setRemoving(summary)}
          />
        ))}
      </ul>
      {renaming !== null && <RenameDialog summary={renaming} onClose={() => setRenaming(null)} />}
      {removing !== null && <RemoveDialog summary={removing} onClose={() => setRemoving(null)} />}
    </nav>
  );
}

const Row = memo(function Row(props: {
  summary: ConversationSummary;
  current: boolean;
  onOpen: () => void;
  onRename: () => void;
  onRemove: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  const running = useChat((state) => state.runs[props.summary.id] !== undefined);
  const title = props.summary.title === '' ? t('conversations.untitled') : props.summary.title;
  return (
    <li className={classes.row} data-current={props.current || undefined} data-testid="conversation-item">
      <button type="button" className={classes.open} onClick={props.onOpen} aria-current={props.current ? 'page' : undefined} title={title}>
        <span className={classes.title} data-untitled={props.summary.title === '' || undefined}>
          {title}
        </span>
        {running && (
          <span className={classes.running} title={t('conversations.running')} role="img" aria-label={t('conversations.running')} />
        )}
      </button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="sm" className={classes.more} aria-label={t('conversations.more', { title })}>
            <Ellipsis size={15} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Pencil size={14} aria-hidden />} onClick={props.onRename}>
            {t('conversations.rename')}
          </Menu.Item>
          <Menu.Item leftSection={<Trash2 size={14} aria-hidden />} color="red" onClick={props.onRemove}>
            {t('conversations.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
});

function RenameDialog({ summary, onClose }: { summary: ConversationSummary; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const [title, setTitle] = useState(summary.title);
  return (
    <Modal opened onClose={onClose} title={t('conversations.rename')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (title.trim() !== '') void chat.rename(summary.id, title.trim().slice(0, 200));
          onClose();
        }}
      >
        <TextInput
          label={t('conversations.name')}
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit">{t('common.save')}</Button>
        </div>
      </form>
    </Modal>
  );
}

function RemoveDialog({ summary, onClose }: { summary: ConversationSummary; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const title = summary.title === '' ? t('conversations.untitled') : summary.title;
  return (
    <Modal opened onClose={onClose} title={t('conversations.removeTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <p className={classes.dialogText}>{t('conversations.removeText', { title })}</p>
      <div className={classes.dialogActions}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button
          color="red"
          data-testid="conversation-remove-confirm"
          onClick={() => {
            void chat.remove(summary.id);
            onClose();
          }}
        >
          {t('conversations.remove')}
        </Button>
      </div>
    </Modal>
  );
}
