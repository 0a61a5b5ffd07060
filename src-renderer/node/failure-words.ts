import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { FailureCode } from '../../src-shared/failure.ts';

export type FailureWords = { title: string; text: string; fix: string };

/** Turns a failure's code into words in the language of the window. */
export function useFailureWords(): (code: FailureCode) => FailureWords {
  const { t } = useTranslation('failures');
  return useCallback((code) => ({ title: t(`${code}.title`), text: t(`${code}.text`), fix: t(`${code}.fix`) }), [t]);
}
