import { ActionIcon, Button, TextInput } from '@mantine/core';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { offeredDownload, type OfferedDownload } from '../../../src-shared/peer.ts';
import { recommendedModels } from '../../../src-shared/recommended.ts';
import { useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './engines.module.css';

/** The models that are downloaded here when somebody asks for one: its owner, and members that may manage models. */
export function OnRequest(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const save = useSaveSettings();
  const listed = useView((view) => view.settings.downloads) ?? [];
  const ollama = useView((view) => view.settings.engine === 'ollama');
  const [text, setText] = useState('');
  const added = downloadNamed(text.trim());
  const add = async (): Promise<void> => {
    if (added === null) return;
    if (await save({ downloads: [...listed.filter(({ name }) => name !== added.name), added] })) setText('');
  };
  return (
    <div className={classes.engine} data-testid="on-request">
      <span className={classes.name}>{t('settings.sharing.onRequest')}</span>
      <p className={classes.quiet}>{t(ollama ? 'settings.sharing.onRequestHint' : 'settings.sharing.onRequestOllama')}</p>
      <ul className={classes.names}>
        {listed.map((one) => (
          <li key={one.name} className={classes.listed} data-testid="on-request-model">
            <span className={classes.words}>
              {[one.name, ...(one.sizeBytes === undefined ? [] : [format.bytes(one.sizeBytes, i18n.language)])].join(' · ')}
            </span>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => void save({ downloads: listed.filter(({ name }) => name !== one.name) })}
              aria-label={t('settings.sharing.onRequestRemove', { name: one.name })}
              title={t('settings.sharing.onRequestRemove', { name: one.name })}
              data-testid="on-request-remove"
            >
              <X size={15} aria-hidden />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <form
        className={classes.add}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <TextInput
          className={classes.words ?? ''}
          value={text}
          maxLength={170}
          placeholder="llama3.2:3b"
          spellCheck={false}
          autoComplete="off"
          dir="ltr"
          aria-label={t('downloads.byHand.ollama')}
          error={text.trim() !== '' && added === null ? t('downloads.byHand.ollamaBad') : null}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="on-request-name"
        />
        <Button type="submit" variant="default" disabled={added === null || listed.length >= 32} data-testid="on-request-add">
          {t('settings.sharing.onRequestAdd')}
        </Button>
      </form>
    </div>
  );
}

/** Without a tag it is the one that Ollama takes; null: that is no name. */
function downloadNamed(text: string): OfferedDownload | null {
  const name = text.includes(':') ? text : `${text}:latest`;
  const sizeBytes = recommendedModels.find(({ ollama }) => ollama.name === name)?.ollama.sizeBytes;
  return offeredDownload.safeParse({ name, ...(sizeBytes === undefined ? {} : { sizeBytes }) }).data ?? null;
}
