import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberView } from '../../../src-shared/member.ts';
import { format } from '../../ui/index.ts';

/** "3 answers, 1,204 tokens": what the member had of this machine since midnight. */
export function UsedToday({ member }: { member: MemberView }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const { answers, tokens } = member.usedToday;
  if (answers === 0 && tokens === 0) return t('members.nothingToday');
  const used = t('members.tokens', { count: tokens, tokens: format.count(tokens, i18n.language) });
  // a title is no answer
  return answers === 0 ? used : `${t('members.answers', { count: answers })}, ${used}`;
}
