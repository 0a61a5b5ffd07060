import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Notice, tell } from '../../ui/index.ts';
import { windowKeyFileLeft } from './window-key-import.ts';
import classes from './join.module.css';

/** The file that the key came in is a copy that whoever finds it can knock with: deletes it, or says that the person has to. `bar`: as one. */
export function KeyFileBar({ bar = false }: { bar?: boolean }): ReactNode {
  const { t } = useTranslation('window');
  const { kind } = useStore(windowKeyFileLeft.store);
  const [busy, setBusy] = useState(false);
  if (kind === 'none') return null;
  const remove = async (): Promise<void> => {
    setBusy(true);
    const end = await windowKeyFileLeft.remove();
    setBusy(false);
    if (end !== 'kept') tell({ title: t(`key.rest.${end}Title`), text: t(`key.rest.${end}Text`) });
  };
  const notice = (
    <Notice
      bar={bar}
      tone={kind === 'kept' ? 'warn' : 'quiet'}
      title={t(kind === 'kept' ? 'key.rest.keptTitle' : 'key.rest.title')}
      testId="key-file-left"
      actions={
        <>
          <Button size="xs" variant="default" onClick={windowKeyFileLeft.dismiss} data-testid="key-file-keep">
            {t(kind === 'deletable' ? 'key.rest.keep' : 'key.rest.done')}
          </Button>
          {kind === 'deletable' && (
            <Button size="xs" loading={busy} onClick={() => void remove()} data-testid="key-file-remove">
              {t('key.rest.remove')}
            </Button>
          )}
        </>
      }
    >
      {t(kind === 'deletable' ? 'key.rest.text' : kind === 'kept' ? 'key.rest.keptText' : 'key.rest.byHand')}
    </Notice>
  );
  return bar ? notice : <div className={classes.wide}>{notice}</div>;
}
