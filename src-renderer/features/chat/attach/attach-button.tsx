import { ActionIcon } from '@mantine/core';
import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chat } from '../chat.ts';

/** Opens the system's own dialog: what can be attached is told by what is in a file, so no kind is hidden there. */
export function AttachButton(): ReactNode {
  const { t } = useTranslation('window');
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        onClick={() => input.current?.click()}
        aria-label={t('attach.add')}
        title={t('attach.add')}
        data-testid="attach"
      >
        <Paperclip size={15} aria-hidden />
      </ActionIcon>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // the same file once more is a change too
          event.currentTarget.value = '';
          chat.attach(files);
        }}
      />
    </>
  );
}
