import { ActionIcon, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { Fragment, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { mayAsk, useMadeOfView, useView } from '../../node/index.ts';
import { takeFocus } from '../../ui/index.ts';
import { machineChoices } from './choices.ts';
import type { MachineChoice, Picked } from './choices.ts';

/** Who else could answer the same question: every machine with its models, but for the pair that did. */
export function RetryMenu({ answered, onPick }: { answered: Picked; onPick: (picked: Picked) => void }): ReactNode {
  const { t } = useTranslation('window');
  /** null: never yet; it is made when it is first wanted, since each answer has one. */
  const [opened, setOpened] = useState<boolean | null>(null);
  const button = (
    <ActionIcon
      ref={opened === null ? undefined : takeFocus}
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={t('models.againWith')}
      aria-haspopup="menu"
      aria-expanded={opened === true}
      title={t('models.againWith')}
      onClick={() => setOpened((was) => was !== true)}
      data-testid="retry-with"
    >
      <ChevronDown size={14} aria-hidden />
    </ActionIcon>
  );
  if (opened === null) return button;
  return (
    <Menu position="top-start" withinPortal opened={opened} onChange={setOpened}>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown mah="min(360px, 60vh)">
        <Choices answered={answered} onPick={onPick} />
      </Menu.Dropdown>
    </Menu>
  );
}

/** Drawn when it is opened: the view changes often, and there are many answers. */
function Choices({ answered, onPick }: { answered: Picked; onPick: (picked: Picked) => void }): ReactNode {
  const { t } = useTranslation('window');
  const machines = useMadeOfView(machineChoices);
  const allowed = useView(mayAsk);
  const others = (machine: MachineChoice): string[] =>
    machine.models.map(({ name }) => name).filter((model) => machine.id !== answered.machine || model !== answered.model);
  const listed = machines.filter((machine) => others(machine).length > 0);
  return (
    <>
      {allowed && listed.length === 0 && <Menu.Label>{t('models.noOther')}</Menu.Label>}
      {listed.map((machine) => (
        <Fragment key={machine.id}>
          <Menu.Label>{machine.self ? `${machine.name} (${t('machines.thisOne')})` : machine.name}</Menu.Label>
          {others(machine).map((model) => (
            <Menu.Item
              key={model}
              onClick={() => onPick({ machine: machine.id, model })}
              aria-label={t('models.on', { model, machine: machine.name })}
              data-testid="retry-choice"
            >
              {model}
            </Menu.Item>
          ))}
        </Fragment>
      ))}
      {!allowed && listed.length > 0 && <Menu.Divider />}
      {!allowed && <Menu.Label>{t('chat.notAllowed.title')}</Menu.Label>}
    </>
  );
}
