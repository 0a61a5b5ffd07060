import { Button } from '@mantine/core';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { windowKeyImport } from './window-key-import.ts';
import { readKeyFile } from './read-key-file.ts';

/** A button that opens the file dialog for a swarm.key. */
export function KeyFileButton({
  children,
  variant,
  testId,
  inputTestId,
}: {
  children: ReactNode;
  variant: 'filled' | 'default';
  testId?: string;
  inputTestId?: string;
}): ReactNode {
  const { t } = useTranslation('window');
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button variant={variant} onClick={() => input.current?.click()} data-testid={testId}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('key.file')}
        data-testid={inputTestId}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0] ?? null;
          void readKeyFile(file).then(windowKeyImport.take);
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}
