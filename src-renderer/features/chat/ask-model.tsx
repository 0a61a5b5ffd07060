import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chat } from './chat.ts';

/** "Ask MODEL", which can what the one that was asked cannot. Without `onAsk` the next questions go to it, wherever it is. */
export function AskModel({
  model,
  testId,
  disabled = false,
  onAsk = () => chat.pick({ model, machine: null }),
}: {
  model: string;
  testId: string;
  disabled?: boolean;
  onAsk?: () => void;
}): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Button size="compact-sm" variant="default" disabled={disabled} onClick={onAsk} data-testid={testId}>
      {t('attach.ask', { model })}
    </Button>
  );
}
