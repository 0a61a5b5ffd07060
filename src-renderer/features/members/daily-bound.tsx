import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberView } from '../../../src-shared/member.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import classes from './members.module.css';

/** Tokens a day that one member may use of this machine: as everyone, its own number, or no bound. */
export function DailyBound({ member }: { member: MemberView }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const bounds = useView((view) => view.settings.memberTokensPerDay);
  const everyone = useView((view) => view.settings.limits.tokensPerDay);
  const [typed, setTyped] = useState<string | null>(null);
  const own = bounds[member.peerId];
  const known = own == null ? '' : String(own);
  const text = typed ?? known;
  const bad = !/^\d{0,9}$/.test(text.trim());
  const set = async (next: number | null | undefined): Promise<void> => {
    if (await attempt(async () => await node().settings.update({ memberTokensPerDay: withBound(bounds, member.peerId, next) })))
      setTyped(null);
  };
  const save = (event?: FormEvent): void => {
    event?.preventDefault();
    if (bad || typed === null) return;
    if (text.trim() === known) setTyped(null);
    else void set(text.trim() === '' ? undefined : Number(text));
  };
  return (
    <form className={classes.section} onSubmit={save}>
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
        error={bad ? t('members.bound.bad') : null}
        inputMode="numeric"
        autoComplete="off"
        maxLength={9}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => save()}
        data-testid="member-bound"
      />
      {(everyone !== null || own === null) && (
        <Checkbox
          label={t('members.bound.none')}
          checked={own === null}
          onChange={(event) => void set(event.currentTarget.checked ? null : undefined)}
          data-testid="member-unbound"
        />
      )}
    </form>
  );
}

/** undefined: as everyone */
function withBound(
  bounds: Settings['memberTokensPerDay'],
  peerId: string,
  bound: number | null | undefined,
): Settings['memberTokensPerDay'] {
  const { [peerId]: _old, ...others } = bounds;
  return bound === undefined ? others : { ...others, [peerId]: bound };
}
