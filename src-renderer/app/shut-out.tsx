import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChatPage, ConversationList, ReadingOnly, useChat, useConversations } from '../features/chat/index.ts';
import { Mark, takeFocus } from '../ui/index.ts';
import { Frame } from './frame.tsx';
import classes from './shell.module.css';

type Why = 'removed' | 'waiting';

/**
 * A machine with a key that is not in the swarm. What it kept is its person's all the same: `page` gets the way to it, or null where there
 * is none.
 */
export function ShutOut({ why, page }: { why: Why; page: (look: ReactNode) => ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  /** null: not yet */
  const [looking, setLooking] = useState<boolean | null>(null);
  const any = useChat((state) => (state.summaries?.length ?? 0) > 0);
  useConversations();
  if (looking === true) return <OwnConversations why={why} onBack={() => setLooking(false)} />;
  return page(
    any ? (
      <Button
        ref={looking === false ? takeFocus : undefined}
        variant="default"
        onClick={() => setLooking(true)}
        data-testid="own-conversations"
      >
        {t('own.look')}
      </Button>
    ) : null,
  );
}

/** They are read, searched, copied and exported; nothing is asked. */
function OwnConversations({ why, onBack }: { why: Why; onBack: () => void }): ReactNode {
  const { t } = useTranslation('window');
  const nothingOpen = useChat((state) => state.currentId === null);
  const [column, setColumn] = useState(nothingOpen);
  const side = (
    <div className={classes.column}>
      <div className={classes.brand}>
        <Mark size={22} />
        <span className={classes.word}>Axon</span>
      </div>
      <ConversationList active seeking={false} commands={nothing} onOpen={() => setColumn(false)} />
    </div>
  );
  return (
    <ReadingOnly value={t(`own.blocked.${why}`)}>
      <Frame
        side={side}
        names={{ column: t('conversations.title'), open: t('own.openColumn') }}
        opened={column}
        onOpened={setColumn}
        back={{ label: t('own.back'), go: onBack }}
        bar={<span className={classes.standing}>{t(`${why}.title`)}</span>}
      >
        <main className={classes.page} data-page="chat" data-testid="own">
          <ChatPage picker={none} retryMenu={none} nextStep={null} />
        </main>
      </Frame>
    </ReadingOnly>
  );
}

const none = (): null => null;
const nothing: [] = [];
