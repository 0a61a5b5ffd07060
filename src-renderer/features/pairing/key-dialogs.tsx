import { Button, Modal } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Standing } from '../../../src-shared/member.ts';
import { useFailureWords, useView } from '../../node/index.ts';
import { tell } from '../../ui/index.ts';
import { KeyFileButton } from './key-file-button.tsx';
import { PasteInvite } from './paste-invite.tsx';
import { windowKeyImport } from './window-key-import.ts';
import classes from './key-card.module.css';

/** Says once that this machine came in, whichever way it did. */
function useWelcome(standing: Standing): void {
  const { t } = useTranslation('window');
  const before = useRef(standing);
  useEffect(() => {
    const was = before.current;
    before.current = standing;
    if (standing === 'member' && (was === 'pending' || was === 'none')) {
      tell({ title: t('key.joined'), text: t('key.joinedText') });
    }
  }, [standing, t]);
}

/** What a dropped or chosen file led to: a question, a refusal in words, or a welcome. */
export function KeyDialogs(): ReactNode {
  const { t } = useTranslation('window');
  const state = useStore(windowKeyImport.store);
  const words = useFailureWords();
  const fingerprint = useView((view) => view.key?.fingerprint ?? null);
  const standing = useView((view) => view.membership.standing);

  useEffect(() => {
    if (state.kind !== 'joined' || fingerprint === null) return;
    // Having the key is not being in: the page says what it waits for, and `useWelcome` when that is over.
    windowKeyImport.dismiss();
  }, [state.kind, fingerprint]);
  useWelcome(standing);

  const close = { 'aria-label': t('common.close') };
  if (state.kind === 'replace') {
    return (
      <Modal opened onClose={windowKeyImport.dismiss} title={t('key.replaceTitle')} closeButtonProps={close}>
        <p className={classes.text} data-testid="key-replace-text">
          {state.next === null
            ? t('key.replaceText', { fingerprint: fingerprint ?? '' })
            : t('key.replaceKeyText', { fingerprint: fingerprint ?? '', next: state.next })}
        </p>
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={windowKeyImport.dismiss} data-autofocus>
            {t('key.keep')}
          </Button>
          <Button color="red" onClick={() => void windowKeyImport.confirmReplace()} data-testid="key-replace">
            {t('key.replace')}
          </Button>
        </div>
      </Modal>
    );
  }
  if (state.kind === 'failed' || state.kind === 'several') {
    const said = state.kind === 'failed' ? words(state.code) : { title: t('key.severalTitle'), text: t('key.severalText'), fix: '' };
    return (
      <Modal opened onClose={windowKeyImport.dismiss} title={said.title} closeButtonProps={close}>
        <div data-testid="key-failure" data-code={state.kind === 'failed' ? state.code : 'several'} role="alert">
          <p className={classes.text}>{said.text}</p>
          {said.fix !== '' && <p className={classes.text}>{said.fix}</p>}
        </div>
        <div className={classes.dialogActions}>
          {state.kind === 'several' || !state.code.startsWith('invite-') ? (
            <KeyFileButton variant="default">{t('key.chooseAnother')}</KeyFileButton>
          ) : (
            <PasteInvite variant="default" />
          )}
          <Button onClick={windowKeyImport.dismiss} data-autofocus>
            {t('common.close')}
          </Button>
        </div>
      </Modal>
    );
  }
  return null;
}
