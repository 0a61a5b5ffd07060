import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attachment } from '../../../../src-shared/attachment.ts';
import { boxCharacters } from '../box-bound.ts';
import { useContent, usePicture } from './content.ts';
import classes from './attach.module.css';

/** More of a text than this is not drawn: nobody reads it here, and laying it out would hold the window up. */
const drawnCharacters = 200_000;

/** What a file holds, as the model gets it. `onInto`: offers to put a text into the message instead. */
export function Viewer({
  attachment,
  onClose,
  onInto,
}: {
  attachment: Attachment | null;
  onClose: () => void;
  onInto?: (text: string) => void;
}): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Modal
      opened={attachment !== null}
      onClose={onClose}
      size="xl"
      title={
        <span className={classes.title} dir="auto">
          {attachment?.name}
        </span>
      }
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {attachment?.kind === 'image' && <Picture attachment={attachment} />}
      {attachment !== null && attachment.kind !== 'image' && <Text attachment={attachment} onInto={onInto} />}
    </Modal>
  );
}

function Picture({ attachment: { id, name } }: { attachment: Attachment }): ReactNode {
  const url = usePicture(id);
  return url === null ? <div className={classes.coming} aria-busy="true" /> : <img src={url} alt={name} className={classes.picture} />;
}

function Text({ attachment: { id }, onInto }: { attachment: Attachment; onInto?: ((text: string) => void) | undefined }): ReactNode {
  const { t } = useTranslation('window');
  const text = useContent(id);
  if (text === null) return <div className={classes.coming} aria-busy="true" />;
  if (text === undefined) return <p>{t('attach.gone')}</p>;
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard */}
      <pre className={classes.text} dir="auto" tabIndex={0} data-testid="attachment-text">
        {text.slice(0, drawnCharacters)}
      </pre>
      {text.length > drawnCharacters && <p className={classes.facts}>{t('attach.cut')}</p>}
      {onInto !== undefined && text.length <= boxCharacters && (
        <div className={classes.actions}>
          <Button size="compact-sm" variant="default" onClick={() => onInto(text)} data-testid="attachment-into">
            {t('attach.into')}
          </Button>
        </div>
      )}
    </>
  );
}
