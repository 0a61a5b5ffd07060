import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMadeOfView } from '../../node/index.ts';
import { format, Notice } from '../../ui/index.ts';
import { AskModel } from './ask-model.tsx';
import type { DraftFile } from './attach/draft-file.ts';
import { chat, useAnswering, useChat } from './chat.ts';
import classes from './context-meter.module.css';
import { refusedAlone, tooLongAlone } from './context-use.ts';
import type { TooLongAlone } from './context-use.ts';

/** What stands in the composer, when it is longer than the model reads by itself; null: it is not, as far as anybody knows. */
export function useTooLongAlone(draft: string, files: readonly DraftFile[]): TooLongAlone | null {
  const conversation = useChat((state) => state.conversation);
  // as the meter: a letter more or less is nothing
  const coarse = draft.length < 200 ? '' : draft;
  return useMadeOfView((view) =>
    conversation === null
      ? null
      : tooLongAlone(
          conversation,
          coarse,
          view,
          conversation.model,
          files.flatMap(({ attachment }) => attachment ?? []),
        ),
  );
}

/** Which part it is, and what helps: no summary of what came before, and no new chat. typed: nothing is attached. */
export function AloneNotice({ alone, typed }: { alone: TooLongAlone; typed: boolean }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { file, model, limit, reader } = alone;
  const tokens = format.count(limit, i18n.language);
  return (
    <div className={classes.notice}>
      <Notice
        tone="bad"
        title={file === null ? t('context.aloneTitle') : t('context.fileTitle', { name: format.isolated(file.name) })}
        testId="context-alone"
        actions={
          (file !== null || reader !== null) && (
            <>
              {file !== null && (
                <Button size="compact-sm" variant="default" onClick={() => chat.detach(file.id)} data-testid="alone-detach">
                  {t('context.takeOff')}
                </Button>
              )}
              {reader !== null && <AskModel model={reader} testId="alone-reader" />}
            </>
          )
        }
      >
        {model === null ? t('context.alone', { tokens }) : t('context.aloneModel', { model: format.isolated(model), tokens })}{' '}
        {typed
          ? t(reader === null ? 'context.aloneHelpTyped' : 'context.aloneHelpTypedReader')
          : t(reader === null ? 'context.aloneHelp' : 'context.aloneHelpReader')}
      </Notice>
    </div>
  );
}

/** The last question, where it was refused for its own length: the next one would go along with it, and be refused as well. null: it was not */
export function useRefusedBefore(): { file: { name: string } | null; reader: string | null } | null {
  const conversation = useChat((state) => (state.conversation?.messages.at(-1)?.answer?.failure == null ? null : state.conversation));
  return useMadeOfView((view) => {
    const last = conversation?.messages.at(-1);
    return conversation === null || last === undefined ? null : refusedAlone(conversation, last, view, conversation.model);
  });
}

/** What ends that: the chat without that question, or a model that reads all of it. Leaving out what came before it would not. */
export function RefusedBefore({ file, reader }: { file: { name: string } | null; reader: string | null }): ReactNode {
  const { t } = useTranslation('window');
  const answering = useAnswering();
  return (
    <div className={classes.notice}>
      <Notice
        tone="warn"
        title={file === null ? t('context.refusedTitle') : t('context.fileTitle', { name: format.isolated(file.name) })}
        testId="refused-before"
        actions={
          <>
            <Button
              size="compact-sm"
              variant="default"
              disabled={answering}
              onClick={() => void chat.goOnWithout()}
              data-testid="go-on-without"
            >
              {t('context.goOnWithout')}
            </Button>
            {reader !== null && <AskModel model={reader} testId="go-on-reader" />}
          </>
        }
      >
        {reader === null ? t('context.refusedText') : t('context.refusedTextReader')}
      </Notice>
    </div>
  );
}
