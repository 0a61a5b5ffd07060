import { Menu } from '@mantine/core';
import { ChevronDown, FolderMinus, Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { onceThere } from './by-keyboard.ts';
import { RowMenu } from './conversation-row.tsx';
import type { ListRow } from './list-rows.ts';
import classes from './conversation-list.module.css';

/** What can be done with a folder. */
export type FolderActs = {
  onToggle: (folder: string) => void;
  onRename: (folder: string) => void;
  onDissolve: (folder: string) => void;
};

/** The heading of what follows in the list: a folder opens and shuts, and has a menu. */
export function Head({ row, acts }: { row: Extract<ListRow, { kind: 'head' }>; acts: FolderActs }): ReactNode {
  const { t } = useTranslation('window');
  const { folder } = row;
  if (folder === null)
    return <h2 className={classes.head}>{row.head === 'pinned' ? t('conversations.pinned') : t('conversations.others')}</h2>;
  return (
    <div className={classes.folderHead} data-testid="folder-head">
      <h2 className={classes.head}>
        <button
          type="button"
          className={classes.folder}
          aria-expanded={!row.closed}
          onClick={() => acts.onToggle(folder)}
          title={folder}
          data-folder={folder}
          data-testid="folder"
        >
          <ChevronDown size={13} aria-hidden className={classes.folderArrow} />
          <span className={classes.folderName}>{folder}</span>
          <span className={classes.count}>{row.count}</span>
        </button>
      </h2>
      <RowMenu title={folder}>
        <Menu.Item leftSection={<Pencil size={14} aria-hidden />} onClick={() => acts.onRename(folder)}>
          {t('conversations.renameFolder')}
        </Menu.Item>
        <Menu.Item
          leftSection={<FolderMinus size={14} aria-hidden />}
          onClick={() => acts.onDissolve(folder)}
          data-testid="folder-dissolve"
        >
          {t('conversations.dissolve')}
        </Menu.Item>
      </RowMenu>
    </div>
  );
}

/** The focus goes to that folder, once the dialog that had it is gone and the folder is there. */
export function focusFolder(folder: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => onceThere(`[data-folder="${CSS.escape(folder)}"]`, (head) => head.focus())));
}
