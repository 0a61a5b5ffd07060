import { Button } from '@mantine/core';
import { CornerUpLeft, Scissors } from 'lucide-react';
import { useContext } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isSentFrom } from '../../../src-shared/conversation.ts';
import type { Message } from '../../../src-shared/conversation.ts';
import { chat, useChat } from './chat.ts';
import { ReadingOnly } from './slots.ts';
import classes from './left-out.module.css';

/** Above the first message that the model is sent, where the ones before it are left out. */
export function LeftOut({ message }: { message: Message }): ReactNode {
  const { t } = useTranslation('window');
  const here = useChat(({ conversation }) => isSentFrom(message, conversation?.leftOut) && conversation?.messages[0]?.id !== message.id);
  const reading = useContext(ReadingOnly) !== null;
  if (!here) return null;
  return (
    <p className={classes.line} data-testid="left-out">
      <Scissors size={13} aria-hidden />
      <span>{t('context.leftOut')}</span>
      {!reading && (
        <Button variant="subtle" size="compact-xs" onClick={() => chat.leaveOut(null)} data-testid="left-out-undo">
          {t('context.leftOutUndo')}
        </Button>
      )}
    </p>
  );
}

/** Above a conversation that goes on from another one. */
export function GoesOnFrom(): ReactNode {
  const { t } = useTranslation('window');
  const from = useChat((state) => state.conversation?.continues ?? null);
  const title = useChat((state) => state.summaries?.find(({ id }) => id === from)?.title);
  // removed since
  if (from === null || title === undefined) return null;
  return (
    <p className={classes.from} data-testid="goes-on-from">
      <CornerUpLeft size={13} aria-hidden />
      <span>{t('context.goesOn')}</span>
      <Button variant="subtle" size="compact-xs" onClick={() => void chat.open(from)} data-testid="goes-on-open">
        {title === '' ? t('conversations.untitled') : title}
      </Button>
    </p>
  );
}
