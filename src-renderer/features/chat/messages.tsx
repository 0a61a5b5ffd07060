import { Button } from '@mantine/core';
import { ArrowDown } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import type { ComponentProps, ReactElement, ReactNode, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import type { CustomItemComponentProps, VirtualizerHandle } from 'virtua';
import type { Message } from '../../../src-shared/conversation.ts';
import { Answer } from './answer.tsx';
import { chat, useChat } from './chat.ts';
import { LeftOut } from './left-out.tsx';
import { AskedQuestion } from './question.tsx';
import { useStickToEnd } from './stick-to-end.ts';
import classes from './chat-page.module.css';

/** Longer conversations draw only what is in sight; shorter ones can be searched by the browser and read by everything as a whole. */
const wholeUpTo = 120;

/** The open conversation. `empty`: what stands there before the first question. */
export function Messages({ empty }: { empty: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const conversation = useChat((state) => state.conversation);
  const currentId = useChat((state) => state.currentId);
  const messages = conversation?.messages ?? [];
  const { frame, content, atEnd, toEnd, letGo } = useStickToEnd(currentId, messages.length);
  const virtual = useRef<VirtualizerHandle>(null);
  useSought(messages, frame, virtual, letGo);

  if (currentId !== null && conversation === null) return <div className={classes.scroll} aria-busy="true" />;
  if (messages.length === 0) return empty;
  const last = messages.length - 1;
  const row = (message: Message, at: number): ReactElement => (
    <Row key={message.id} message={message} conversationId={conversation?.id ?? ''} last={at === last} />
  );
  return (
    <div className={classes.frame}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard */}
      <div className={classes.scroll} ref={frame} tabIndex={0} role="log" aria-live="off" aria-label={t('chat.log')} data-testid="log">
        <div className={classes.messages} ref={content}>
          {messages.length <= wholeUpTo ? (
            <ol className={classes.list}>
              {messages.map((message, at) => (
                <li key={message.id} className={classes.row}>
                  {row(message, at)}
                </li>
              ))}
            </ol>
          ) : (
            <Virtualizer
              ref={virtual}
              data={messages}
              scrollRef={frame}
              as={List}
              item={Item}
              itemSize={220}
              keepMounted={[last]}
              startMargin={24}
            >
              {row}
            </Virtualizer>
          )}
        </div>
      </div>
      {!atEnd && (
        <Button
          className={classes.toEnd}
          size="compact-sm"
          variant="default"
          radius="xl"
          leftSection={<ArrowDown size={14} aria-hidden />}
          onClick={toEnd}
        >
          {t('chat.toEnd')}
        </Button>
      )}
    </div>
  );
}

const List = (props: ComponentProps<'ol'>): ReactNode => <ol {...props} className={classes.list} />;
const Item = ({ index: _, ...props }: CustomItemComponentProps): ReactNode => <li {...props} className={classes.row} />;

const Row = memo(function Row(props: { message: Message; conversationId: string; last: boolean }): ReactNode {
  const { message, conversationId, last } = props;
  const sought = useChat((state) => state.sought === message.id);
  return (
    <div data-role={message.role} data-message={message.id} data-sought={sought || undefined} className={classes.message}>
      <LeftOut message={message} />
      {message.role === 'user' ? (
        <AskedQuestion message={message} />
      ) : (
        <Answer message={message} conversationId={conversationId} last={last} />
      )}
    </div>
  );
});

/** How long a message that was looked for stays marked, ms. */
const markedFor = 2500;

/** Brings the sought message into sight, and lets the mark on it fade. */
function useSought(
  messages: readonly Message[],
  frame: RefObject<HTMLDivElement | null>,
  virtual: RefObject<VirtualizerHandle | null>,
  letGo: () => void,
): void {
  const sought = useChat((state) => state.sought);
  const at = sought === null ? -1 : messages.findIndex(({ id }) => id === sought);
  useEffect(() => {
    if (sought === null || at === -1) return undefined;
    letGo();
    if (virtual.current === null) {
      const row = [...(frame.current?.querySelectorAll('[data-message]') ?? [])].find((one) => one.getAttribute('data-message') === sought);
      row?.scrollIntoView({ block: 'center' });
    } else virtual.current.scrollToIndex(at, { align: 'center' });
    const timer = setTimeout(() => chat.found(), markedFor);
    return () => clearTimeout(timer);
  }, [sought, at, frame, virtual, letGo]);
}
