import { ActionIcon, Button } from '@mantine/core';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import type { Attachment } from '../../../../src-shared/attachment.ts';
import { imageLimits } from '../../../../src-shared/image.ts';
import { useMadeOfView } from '../../../node/index.ts';
import { format, Notice } from '../../../ui/index.ts';
import { AskModel } from '../ask-model.tsx';
import { chat, useChat } from '../chat.ts';
import { machineOf, modelOf, unsaved } from '../state.ts';
import { imagesAsked } from './attaching.ts';
import { Chip } from './chip.tsx';
import type { DraftFile } from './draft-file.ts';
import { useIntoMessage } from './long-text.tsx';
import { isBlind, seers, type Seer } from './seeing.ts';
import { Viewer } from './viewer.tsx';
import classes from './attach.module.css';

const none: readonly DraftFile[] = [];

/** What is put to the draft of the open conversation. */
export function useDraftFiles(): readonly DraftFile[] {
  return useChat((state) => state.files[state.currentId ?? unsaved] ?? none);
}

/** The files of the draft, above the box. */
export function DraftFiles({ files }: { files: readonly DraftFile[] }): ReactNode {
  const { t } = useTranslation('window');
  const [shown, setShown] = useState<Attachment | null>(null);
  const intoMessage = useIntoMessage();
  if (files.length === 0) return null;
  return (
    <>
      <ul className={classes.draft} aria-label={t('attach.list')} data-testid="draft-files">
        {files.map(({ id, name, bytes, attachment }) => (
          <li key={id}>
            <Chip name={name} bytes={bytes} attachment={attachment} onOpen={() => setShown(attachment)}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={24}
                onClick={() => chat.detach(id)}
                aria-label={t('attach.remove', { name: format.isolated(name) })}
                title={t('attach.remove', { name })}
                data-testid="attachment-remove"
              >
                <X size={14} aria-hidden />
              </ActionIcon>
            </Chip>
          </li>
        ))}
      </ul>
      <Viewer
        attachment={shown}
        onClose={() => setShown(null)}
        onInto={(text) => {
          setShown(null);
          if (shown !== null) intoMessage(shown.id, text);
        }}
      />
    </>
  );
}

/** Why a file is not among them. */
export function RefusedNotice(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const refused = useChat((state) => state.refused);
  if (refused === null) return null;
  const { text, pdf, image } = attachmentLimits.fileBytes;
  // the limits are powers of two, and people count files in megabytes
  const size = (bytes: number): string => format.mebibytes(bytes / 1024 / 1024, i18n.language);
  return (
    <div className={classes.notice}>
      <Notice
        tone="warn"
        title={t('attach.refusedTitle', { name: format.isolated(refused.name) })}
        testId="attach-refused"
        actions={
          <Button size="compact-sm" variant="default" onClick={() => chat.forgetRefusal()}>
            {t('common.dismiss')}
          </Button>
        }
      >
        {t(`attach.refused.${refused.why}`, {
          text: size(text),
          pdf: size(pdf),
          image: size(image),
          unpacked: size(attachmentLimits.unpackedBytes),
          pages: attachmentLimits.pages,
          files: attachmentLimits.count,
          images: imageLimits.count,
          pixels: attachmentLimits.pixels / 1024 / 1024,
        })}
      </Notice>
    </div>
  );
}

/** Who could see the pictures that the next question goes with, where whoever is picked cannot; null: they are seen, or there are none. */
export function useBlindness(): readonly Seer[] | null {
  const files = useDraftFiles();
  const pictures = useChat(imagesAsked) + files.filter(({ attachment }) => attachment?.kind === 'image').length;
  const model = useChat(modelOf);
  const machine = useChat((state) => machineOf(state)?.peerId ?? null);
  return useMadeOfView((view) => {
    if (pictures === 0) return null;
    const able = seers(view);
    return isBlind({ model, machine }, able) ? able : null;
  });
}

/** More names than this are a list that nobody reads. */
const namedSeers = 3;

export function BlindNotice({ seers: able }: { seers: readonly Seer[] }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const model = useChat(modelOf);
  const [first] = able;
  const names = able
    .slice(0, namedSeers)
    .map((seer) => t('attach.seer', { model: seer.model, machine: format.isolated(seer.machineName) }));
  const list = new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(names);
  return (
    <div className={classes.notice}>
      <Notice
        tone="warn"
        title={model === null ? t('attach.blindTitle') : t('attach.blindModel', { model })}
        testId="attach-blind"
        actions={first === undefined ? undefined : <AskModel model={first.model} testId="attach-see" />}
      >
        {first === undefined ? t('attach.noSeer') : t('attach.seers', { list })}
      </Notice>
    </div>
  );
}
