import { Button, Drawer, Switch, TextInput } from '@mantine/core';
import { useEffect, useId, useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { defaultPermissions } from '../../../src-shared/member.ts';
import type { MemberView, Permissions } from '../../../src-shared/member.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { format, tell, useNow } from '../../ui/index.ts';
import { DailyBound } from './daily-bound.tsx';
import { UsedToday } from './used-today.tsx';
import { isLastAdmin, useAdmin } from './use-members.ts';
import classes from './members.module.css';

/** Everything about one member: what it may do, what it is called, and the way out. */
export function MemberDrawer({ member, opened, onClose }: { member: MemberView; opened: boolean; onClose: () => void }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={400}
      title={<bdi className={classes.title}>{member.name}</bdi>}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      data-testid="member"
    >
      <div className={classes.sections}>
        <Facts member={member} />
        <MayDo member={member} />
        {!member.self && <DailyBound member={member} />}
        <Name member={member} />
        <Role member={member} />
        <Out member={member} />
      </div>
    </Drawer>
  );
}

function Facts({ member }: { member: MemberView }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const now = useNow(10_000);
  const seen = member.self
    ? t('machines.thisOne')
    : member.connected
      ? t('members.here')
      : member.lastSeen === null
        ? t('members.neverSeen')
        : format.ago(member.lastSeen, now, i18n.language);
  return (
    <dl className={classes.about}>
      <dt>{t('members.role')}</dt>
      <dd>{t(`members.roles.${member.role}`)}</dd>
      <dt>{t('members.lastSeen')}</dt>
      <dd>{seen}</dd>
      {!member.self && (
        <>
          <dt>{t('members.usedToday')}</dt>
          <dd data-testid="used-today">
            <UsedToday member={member} />
          </dd>
        </>
      )}
    </dl>
  );
}

/** What a switch steers: the list knows two more, `split` and `execute`, for what no machine can do yet. */
const kinds = ['chat', 'models'] as const;
/** Whatever was allowed, by the command line too, is taken back. */
const every = Object.keys(defaultPermissions) as (keyof Permissions)[];

function MayDo({ member }: { member: MemberView }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const editable = useAdmin() && !member.self;
  const changed = every.some((kind) => member.permissions[kind] !== defaultPermissions[kind]);
  const set = (permissions: Permissions): void => {
    void attempt(async () => await node().members.setPermissions({ peerId: member.peerId, permissions }));
  };
  return (
    <section className={classes.section}>
      <h3>{t('members.mayDo')}</h3>
      {kinds.map((kind) => (
        <Switch
          key={kind}
          withThumbIndicator={false}
          label={t(`members.permissions.${kind}`)}
          description={t(`members.permissionTexts.${kind}`)}
          checked={member.permissions[kind]}
          disabled={!editable}
          onChange={(event) => set({ ...member.permissions, [kind]: event.currentTarget.checked })}
          data-testid={`may-${kind}`}
        />
      ))}
      <div className={classes.after}>
        <p className={classes.hint}>{editable ? t('members.defaults') : member.self ? t('members.ownRights') : t('members.onlyAdmins')}</p>
        {editable && changed && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => set(defaultPermissions)} data-testid="may-default">
            {t('members.toDefaults')}
          </Button>
        )}
      </div>
    </section>
  );
}

function Name({ member }: { member: MemberView }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const admin = useAdmin();
  const [typed, setTyped] = useState<string | null>(null);
  if (!admin && !member.self) return null;
  const text = typed ?? member.name;
  const wanted = text.trim();
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (wanted === '' || wanted === member.name) return setTyped(null);
    const done = await attempt(async () => {
      // This machine's own name is a setting too. The list follows a new one, but not one that it had before an admin gave it another.
      if (member.self) await node().settings.update({ name: wanted });
      await node().members.rename({ peerId: member.peerId, name: wanted });
    });
    if (done) setTyped(null);
  };
  return (
    <form className={classes.section} onSubmit={(event) => void save(event)}>
      <h3>{t('members.name')}</h3>
      <div className={classes.rename}>
        <TextInput
          aria-label={t('members.name')}
          value={text}
          maxLength={63}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-testid="member-name"
        />
        <Button type="submit" variant="default" disabled={wanted === '' || wanted === member.name} data-testid="member-rename">
          {t('members.rename')}
        </Button>
      </div>
    </form>
  );
}

function Role({ member }: { member: MemberView }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const admin = useAdmin();
  const last = useView((view) => isLastAdmin(view.membership, member.peerId));
  // For the only admin there is nothing to choose; a swarm of one has no roles to hand out.
  const alone = useView((view) => view.membership.members.length === 1);
  if (!admin || alone || last) return null;
  const next = member.role === 'admin' ? 'member' : 'admin';
  return (
    <section className={classes.section}>
      <h3>{t('members.admin')}</h3>
      <p className={classes.text}>{t('members.adminText')}</p>
      <Button
        className={classes.start}
        size="xs"
        variant="default"
        onClick={() => void attempt(async () => await node().members.setRole({ peerId: member.peerId, role: next }))}
        data-testid="member-role"
      >
        {t(`members.make.${next}`)}
      </Button>
    </section>
  );
}

/** Remove another one, or leave: one click says what happens, the next one does it. */
function Out({ member }: { member: MemberView }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const admin = useAdmin();
  const last = useView((view) => isLastAdmin(view.membership, member.peerId));
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asking) section.current?.scrollIntoView({ block: 'nearest' });
  }, [asking]);
  const { name, peerId, self } = member;
  if (!self && !admin) return null;
  if (last) return <p className={classes.hint}>{t('members.lastAdmin')}</p>;
  const out = async (): Promise<void> => {
    setBusy(true);
    const done = await attempt(async () => await (self ? node().members.leave() : node().members.revoke({ peerId })));
    setBusy(false);
    if (done && !self) tell({ title: t('members.removed', { name: format.isolated(name) }), text: t('members.removedText') });
  };
  return (
    <section className={classes.out} ref={section}>
      <Button
        className={classes.start}
        size="xs"
        variant="subtle"
        color="red"
        aria-expanded={asking}
        aria-controls={id}
        onClick={() => setAsking((old) => !old)}
        data-testid="member-out"
      >
        {self ? t('members.leave') : t('members.remove', { name: format.isolated(name) })}
      </Button>
      <div id={id} hidden={!asking}>
        <p className={classes.text} data-testid="member-out-text">
          {self ? t('members.leaveText') : <Trans t={t} i18nKey="members.removeText" values={{ name }} components={{ name: <bdi /> }} />}
        </p>
        <Button size="xs" color="red" loading={busy} onClick={() => void out()} data-testid="member-out-confirm">
          {self ? t('members.leaveConfirm') : t('members.removeConfirm')}
        </Button>
      </div>
    </section>
  );
}
