import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationSummary } from '../../../src-shared/conversation.ts';
import { chat } from './chat.ts';
import classes from './conversation-list.module.css';

/** What the note after a deletion says, with the way back. */
export function UndoRemove({ summary, onUndo }: { summary: ConversationSummary; onUndo: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const title = summary.title === '' ? t('conversations.untitled') : summary.title;
  return (
    <div className={classes.undo}>
      <span className={classes.undoWords}>{t('conversations.removed', { title })}</span>
      <Button
        size="compact-sm"
        variant="default"
        data-testid="conversation-undo"
        onClick={() => {
          onUndo();
          void chat.restore(summary.id);
        }}
      >
        {t('conversations.undo')}
      </Button>
    </div>
  );
}
