import { useTranslation } from 'react-i18next';
import { useMadeOfView, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { whoAnswers } from './who-answers.ts';

/** That an admin does not let this device ask, and who can change it. */
export function useNotAllowed(): { title: string; text: string } {
  const { t, i18n } = useTranslation('window');
  const own = useView(({ membership }) => membership.members.some(({ self, role }) => self && role === 'admin'));
  const admins = useMadeOfView(({ membership }) =>
    membership.members.flatMap(({ self, role, name }) => (self || role !== 'admin' ? [] : [name])),
  );
  const names = new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(admins.map(format.isolated));
  const who = admins.length === 0 ? t('chat.notAllowed.anAdmin') : t('chat.notAllowed.admins', { names });
  return { title: t('chat.notAllowed.title'), text: `${own ? t('chat.notAllowed.own') : who} ${t('chat.notAllowed.here')}` };
}

/** Nobody else answers this device, since an admin does not let it ask: whatever asks would fail. */
export function useHeldBack(): boolean {
  return useView((view) => whoAnswers(view).kind === 'not-allowed');
}
