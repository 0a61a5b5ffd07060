import { Checkbox, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberView } from '../../../src-shared/member.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format, useTyped } from '../../ui/index.ts';
import classes from './members.module.css';

/** Tokens a day that one member may use of this machine: as everyone, its own number, or no bound. */
export function DailyBound({ member }: { member: MemberView }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const bounds = useView((view) => view.settings.memberTokensPerDay);
  const everyone = useView((view) => view.settings.limits.tokensPerDay);
  const own = bounds[member.peerId];
  const known = own == null ? '' : String(own);
  const set = (next: number | null | undefined): Promise<boolean> =>
    attempt(async () => await node().settings.update({ memberTokensPerDay: withBound(bounds, member.peerId, next) }));
  const { typed, type, commit, forget } = useTyped((next: string) => {
    if (isBad(next)) return false;
    return next.trim() === known || set(next.trim() === '' ? undefined : Number(next));
  });
  const text = typed ?? known;
  return (
    <form
      className={classes.section}
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <h3>{t('members.bound.title')}</h3>
      <TextInput
        label={t('members.bound.label')}
        description={t('members.bound.text')}
        placeholder={
          own === null
            ? t('members.bound.none')
            : everyone === null
              ? t('members.bound.everyoneNone')
              : t('members.bound.everyone', { tokens: format.count(everyone, i18n.language) })
        }
        value={text}
        disabled={own === null}
        error={isBad(text) ? t('members.bound.bad') : null}
        inputMode="numeric"
        autoComplete="off"
        maxLength={9}
        onChange={(event) => type(event.currentTarget.value)}
        onBlur={commit}
        data-testid="member-bound"
      />
      {(everyone !== null || own === null) && (
        <Checkbox
          label={t('members.bound.none')}
          checked={own === null}
          onChange={(event) => {
            forget();
            void set(event.currentTarget.checked ? null : undefined);
          }}
          data-testid="member-unbound"
        />
      )}
    </form>
  );
}

const isBad = (text: string): boolean => !/^\d{0,9}$/.test(text.trim());

/** undefined: as everyone */
function withBound(
  bounds: Settings['memberTokensPerDay'],
  peerId: string,
  bound: number | null | undefined,
): Settings['memberTokensPerDay'] {
  const { [peerId]: _old, ...others } = bounds;
  return bound === undefined ? others : { ...others, [peerId]: bound };
}
