import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './key-card.module.css';

/** How the key is about to leave this machine; null: it is not. */
export type KeyWay = 'save' | 'copy' | null;

/** Asked once before the key leaves this machine: who has it can knock for as long as the swarm has that key. */
export function ConfirmKey({
  way,
  onClose,
  onYes,
}: {
  way: KeyWay;
  onClose: () => void;
  onYes: (way: 'save' | 'copy') => void;
}): ReactNode {
  const { t } = useTranslation('window');
  if (way === null) return null;
  return (
    <Modal opened onClose={onClose} title={t('key.exportTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <p className={classes.text}>{t('key.exportText')}</p>
      {way === 'copy' && <p className={classes.text}>{t('key.exportCopyText')}</p>}
      <div className={classes.dialogActions}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button
          onClick={() => {
            onClose();
            onYes(way);
          }}
          data-testid="key-export-confirm"
        >
          {way === 'copy' ? t('key.copy') : t('key.save')}
        </Button>
      </div>
    </Modal>
  );
}
