import { Button, Modal, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { callFailure, useFailureWords, useNode } from '../../node/index.ts';
import classes from './join.module.css';

/** The only admin is lost: the words on paper make this machine one. What is typed stays out of the page's markup. */
export function RecoverButton({ variant, size }: { variant: 'default' | 'subtle'; size: 'sm' | 'xs' }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const words = useFailureWords();
  const box = useRef<HTMLTextAreaElement>(null);
  const [opened, setOpened] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const recover = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const code = box.current?.value.trim() ?? '';
    if (code === '') return;
    setBusy(true);
    setError(null);
    try {
      await node().members.recover({ code });
      setOpened(false);
    } catch (failure) {
      const { title, fix } = words(callFailure(failure).code);
      setError(`${title}. ${fix}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant={variant} size={size} color="gray" onClick={() => setOpened(true)} data-testid="recover">
        {t('recover.open')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('recover.title')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <form onSubmit={(event) => void recover(event)}>
          <Textarea
            ref={box}
            label={t('recover.label')}
            description={t('recover.text')}
            error={error}
            rows={3}
            maxLength={300}
            spellCheck={false}
            autoComplete="off"
            dir="ltr"
            data-autofocus
            data-testid="recover-words"
          />
          <div className={classes.dialogActions}>
            <Button variant="default" onClick={() => setOpened(false)}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy} data-testid="recover-confirm">
              {t('recover.confirm')}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
