import { Button } from '@mantine/core';
import { Hourglass, MessageSquarePlus, Play, RotateCw } from 'lucide-react';
import { useContext } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src-shared/conversation.ts';
import type { FailureShape } from '../../../src-shared/failure.ts';
import { useFailureWords, useLinkState, useMadeOfView } from '../../node/index.ts';
import { format, Notice } from '../../ui/index.ts';
import { AskModel } from './ask-model.tsx';
import { chat, useChat } from './chat.ts';
import { refusedAlone } from './context-use.ts';
import { useHeldBack } from './not-allowed.ts';
import { ReadingOnly } from './slots.ts';
import { isUnfinished, whoGoesOn } from './unfinished.ts';
import classes from './unfinished.module.css';

/** Below an answer that is not complete: why, that its text is kept, and how it goes on. `last`: it can go on. */
export function Unfinished({ message, last }: { message: Message; last: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const { answer, content } = message;
  const alone = useRefusedAlone(message);
  const reading = useContext(ReadingOnly) !== null;
  const typed = useChat(({ conversation }) => !conversation?.messages.find(({ id }) => id === message.parent)?.attachments?.length);
  if (answer === undefined || !isUnfinished(message)) return null;
  const actions = last && !reading && <Actions message={message} alone={alone} />;
  if (answer.failure !== null) {
    return (
      <div className={classes.failure}>
        <AnswerFailure
          failure={answer.failure}
          machine={answer.placement?.leader.name ?? null}
          partial={content !== ''}
          actions={actions}
          alone={alone === null ? null : typed ? 'typed' : 'attached'}
        />
      </div>
    );
  }
  const wrote = content === '' ? 'empty' : 'text';
  return (
    <div className={classes.unfinished} data-testid="answer-unfinished">
      <span className={classes.words}>
        {answer.edited === content.length
          ? t('chat.unfinished.edited')
          : t(`chat.unfinished.${answer.state === 'interrupted' ? 'interrupted' : 'stopped'}.${wrote}`)}
      </span>
      {actions}
    </div>
  );
}

/** What they need is time, and the machine said how much. */
const onlyTime: ReadonlySet<FailureShape['code']> = new Set(['queue-full', 'rate-limited']);

/** A model that reads all of it, where the question was too long by itself. */
function useRefusedAlone(message: Message): { reader: string | null } | null {
  const tooLong = message.answer?.failure?.code === 'prompt-too-long';
  const conversation = useChat((state) => (tooLong ? state.conversation : null));
  return useMadeOfView((view) => (conversation === null ? null : refusedAlone(conversation, message, view)));
}

/** alone: the question is too long by itself, for what was typed or with what is attached */
function AnswerFailure({
  failure,
  machine,
  partial,
  actions,
  alone,
}: {
  failure: FailureShape;
  /** That was asked. */
  machine: string | null;
  partial: boolean;
  actions: ReactNode;
  alone: 'typed' | 'attached' | null;
}): ReactNode {
  const { t, i18n } = useTranslation('window');
  const words = useFailureWords()(failure.code);
  const { code, retryAfterMs } = failure;
  const text = code === 'quota-used' && machine !== null ? t('chat.quotaUsed', { name: format.isolated(machine) }) : words.text;
  return (
    // the announcer tells of it when it happens; it stands here again whenever it comes into sight
    <Notice tone="bad" title={words.title} testId="answer-failure" live="off" actions={actions}>
      {alone === null ? `${text} ` : `${t(alone === 'typed' ? 'chat.failedAloneTyped' : 'chat.failedAlone')} `}
      {alone !== null || (retryAfterMs !== undefined && onlyTime.has(failure.code)) ? null : `${words.fix} `}
      {retryAfterMs !== undefined && t('chat.retryAfter', { time: format.wait(retryAfterMs, i18n.language) })}
      {partial && ` ${t('chat.partialKept')}`}
    </Notice>
  );
}

/** Go on now, or as soon as some machine can; or ask all over again. */
function Actions({ message, alone }: { message: Message; alone: { reader: string | null } | null }): ReactNode {
  const { t } = useTranslation('window');
  const linked = useLinkState().kind === 'connected';
  const model = message.answer?.model ?? null;
  const who = useMadeOfView((view) => whoGoesOn(view, model));
  const heldBack = useHeldBack();
  const able = who.length > 0;
  const only = who !== 'here' && who.length === 1 ? who[0] : undefined;
  const wrote = message.content !== '';
  const failed = message.answer?.failure != null;
  // the same words again would be too long again
  const tooLong = message.answer?.failure?.code === 'prompt-too-long' ? message.parent : null;
  // until an admin lets this device ask, each of them would fail
  if (heldBack) return null;
  return (
    <span className={classes.actions}>
      {wrote && able && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!linked}
          leftSection={<Play size={13} aria-hidden />}
          onClick={() => chat.resume(false)}
          data-testid="continue"
        >
          {only === undefined ? t('chat.continue') : t('chat.continueOn', { name: format.isolated(only) })}
        </Button>
      )}
      {tooLong !== null && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<MessageSquarePlus size={13} aria-hidden />}
          onClick={() => chat.askAnew(tooLong)}
          data-testid="ask-anew"
        >
          {alone === null ? t('chat.askAnew') : t('chat.shortenAnew')}
        </Button>
      )}
      {alone !== null && alone.reader !== null && (
        <AskModel model={alone.reader} testId="ask-reader" disabled={!linked} onAsk={() => chat.retry({ model: alone.reader })} />
      )}
      {!able && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!linked}
          leftSection={<Hourglass size={13} aria-hidden />}
          onClick={() => chat.resume(true)}
          data-testid="continue-later"
        >
          {wrote ? t('chat.continueLater') : t('chat.askLater')}
        </Button>
      )}
      {failed && (
        <Button
          size="compact-sm"
          variant={wrote || !able || tooLong !== null ? 'subtle' : 'default'}
          color="gray"
          leftSection={<RotateCw size={13} aria-hidden />}
          onClick={() => chat.retry()}
          data-testid="retry"
        >
          {t('chat.retry')}
        </Button>
      )}
    </span>
  );
}
