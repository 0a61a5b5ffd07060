import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '../../../../src-shared/attachment.ts';
import { Chip } from './chip.tsx';
import { Viewer } from './viewer.tsx';
import classes from './attach.module.css';

/** What a question was asked with. */
export function MessageFiles({ attachments }: { attachments: readonly Attachment[] }): ReactNode {
  const { t } = useTranslation('window');
  const [shown, setShown] = useState<Attachment | null>(null);
  return (
    <>
      <ul className={classes.message} aria-label={t('attach.list')} data-testid="message-files">
        {attachments.map((attachment) => (
          <li key={attachment.id}>
            <Chip name={attachment.name} bytes={attachment.bytes} attachment={attachment} onOpen={() => setShown(attachment)} />
          </li>
        ))}
      </ul>
      <Viewer attachment={shown} onClose={() => setShown(null)} />
    </>
  );
}
