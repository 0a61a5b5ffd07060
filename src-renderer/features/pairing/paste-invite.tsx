import { Button, Modal, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { windowKeyImport } from './window-key-import.ts';
import classes from './key-card.module.css';

/** A button for an invite, or a key, that came as text. Pasting is enough; the text goes to the node and stays out of the page. */
export function PasteInvite({ variant, size = 'sm' }: { variant: 'default' | 'subtle'; size?: 'sm' | 'xs' }): ReactNode {
  const { t } = useTranslation('window');
  const [opened, setOpened] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const take = (text: string): void => {
    if (text.trim() === '') return;
    setOpened(false);
    void windowKeyImport.takeText(text);
  };
  return (
    <>
      <Button variant={variant} size={size} color="gray" onClick={() => setOpened(true)} data-testid="invite-paste">
        {t('join.paste')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('join.pasteTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Textarea
          ref={box}
          label={t('join.pasteLabel')}
          description={t('join.pasteHint')}
          placeholder="axon-invite:…"
          rows={3}
          spellCheck={false}
          autoComplete="off"
          dir="ltr"
          data-autofocus
          data-testid="invite-text"
          onPaste={(event) => {
            event.preventDefault();
            take(event.clipboardData.getData('text'));
          }}
        />
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={() => setOpened(false)}>
            {t('common.cancel')}
          </Button>
          <Button onClick={() => take(box.current?.value ?? '')} data-testid="invite-take">
            {t('join.pasteTake')}
          </Button>
        </div>
      </Modal>
    </>
  );
}
