import { Menu } from '@mantine/core';
import { Braces, Ellipsis, FileText, Folder, FolderMinus, FolderPlus, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationSummary } from '../../../src-shared/conversation.ts';
import { useNode } from '../../node/index.ts';
import { tell, useOnDemand } from '../../ui/index.ts';
import { chat, useChat } from './chat.ts';
import type { ExportFormat } from './export.ts';
import { foldersOf } from './list-rows.ts';
import { titleOf } from './run.ts';
import { saveConversation } from './save-conversation.ts';
import classes from './conversation-list.module.css';

/** pointed: with a mouse or a finger, not by keys */
export type RemoveListed = (summary: ConversationSummary, pointed: boolean) => void;

export const ListedConversation = memo(function ListedConversation(props: {
  summary: ConversationSummary;
  current: boolean;
  inFolder: boolean;
  onOpen: (id: string) => void;
  onRename: (summary: ConversationSummary) => void;
  onFile: (summary: ConversationSummary) => void;
  onRemove: RemoveListed;
}): ReactNode {
  const { t } = useTranslation('window');
  const { summary, current } = props;
  const running = useChat((state) => state.runs[summary.id] !== undefined);
  const draft = useChat(({ drafts }) => (summary.title === '' ? titleOf(drafts[summary.id] ?? summary.draft ?? '') : ''));
  const untitled = draft === '' ? t('conversations.untitled') : t('conversations.draft', { words: draft });
  const title = summary.title === '' ? untitled : summary.title;
  return (
    <div
      className={classes.row}
      data-current={current || undefined}
      data-in-folder={props.inFolder || undefined}
      data-testid="conversation-item"
    >
      <button
        type="button"
        className={classes.open}
        onClick={() => props.onOpen(summary.id)}
        aria-current={current ? 'page' : undefined}
        title={title}
        data-conversation={summary.id}
      >
        <span className={classes.title} data-untitled={summary.title === '' || undefined}>
          {title}
        </span>
        {running && (
          <span className={classes.running} title={t('conversations.running')} role="img" aria-label={t('conversations.running')} />
        )}
      </button>
      <RowMenu title={title}>
        <Choices summary={summary} onRename={props.onRename} onFile={props.onFile} onRemove={props.onRemove} />
      </RowMenu>
    </div>
  );
});

/** The menu of a row. It is made when it is first wanted, and its button is a plain one: a list of a thousand has a thousand of them. */
export function RowMenu({ title, children }: { title: string; children: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const menu = useOnDemand('menu');
  const button = (
    <button {...menu.button} type="button" className={classes.more} aria-label={t('conversations.more', { title })}>
      <Ellipsis size={15} aria-hidden />
    </button>
  );
  if (!menu.wanted) return button;
  return (
    <Menu position="bottom-end" withinPortal opened={menu.opened} onChange={menu.change}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown mah="min(420px, 80vh)" className={classes.menu}>
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}

function Choices({
  summary,
  onRename,
  onFile,
  onRemove,
}: {
  summary: ConversationSummary;
  onRename: (summary: ConversationSummary) => void;
  onFile: (summary: ConversationSummary) => void;
  onRemove: RemoveListed;
}): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const summaries = useChat((state) => state.summaries);
  const folders = foldersOf(summaries ?? []).filter((folder) => folder !== summary.folder);
  const save = async (format: ExportFormat): Promise<void> => await saveConversation(node(), summary, format);
  const failed = (): void => void tell({ text: t('conversations.exportFailed'), failed: true });
  return (
    <>
      <Menu.Item
        leftSection={summary.pinned ? <PinOff size={14} aria-hidden /> : <Pin size={14} aria-hidden />}
        onClick={() => void chat.pin(summary.id, !summary.pinned)}
      >
        {summary.pinned ? t('conversations.unpin') : t('conversations.pin')}
      </Menu.Item>
      <Menu.Item leftSection={<Pencil size={14} aria-hidden />} onClick={() => onRename(summary)}>
        {t('conversations.rename')}
      </Menu.Item>
      <Menu.Divider />
      {folders.map((folder) => (
        <Menu.Item key={folder} leftSection={<Folder size={14} aria-hidden />} onClick={() => void chat.moveTo(summary.id, folder)}>
          {t('conversations.moveTo', { folder })}
        </Menu.Item>
      ))}
      <Menu.Item leftSection={<FolderPlus size={14} aria-hidden />} onClick={() => onFile(summary)}>
        {t('conversations.newFolder')}
      </Menu.Item>
      {summary.folder !== null && (
        <Menu.Item leftSection={<FolderMinus size={14} aria-hidden />} onClick={() => void chat.moveTo(summary.id, null)}>
          {t('conversations.noFolder')}
        </Menu.Item>
      )}
      <Menu.Divider />
      <Menu.Item leftSection={<FileText size={14} aria-hidden />} onClick={() => void save('markdown').catch(failed)}>
        {t('conversations.exportMarkdown')}
      </Menu.Item>
      <Menu.Item leftSection={<Braces size={14} aria-hidden />} onClick={() => void save('json').catch(failed)}>
        {t('conversations.exportJson')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        leftSection={<Trash2 size={14} aria-hidden />}
        color="red"
        // a click that keys made counts no presses (https://w3c.github.io/uievents/#dom-uievent-detail)
        onClick={(event) => onRemove(summary, event.detail > 0)}
        data-testid="conversation-remove"
      >
        {t('conversations.remove')}
      </Menu.Item>
    </>
  );
}
