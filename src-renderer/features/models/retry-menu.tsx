import { ActionIcon, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useView } from '../../node/index.ts';
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
  const self = useView((view) => view.self);
  const peers = useView((view) => view.peers);
  const settings = useView((view) => view.settings);
  const machines = useMemo(() => machineChoices({ self, peers, settings }), [self, peers, settings]);
  const others = (machine: MachineChoice): string[] =>
    machine.models.map(({ name }) => name).filter((model) => machine.id !== answered.machine || model !== answered.model);
  if (machines.every((machine) => others(machine).length === 0)) return <Menu.Label>{t('models.noOther')}</Menu.Label>;
  return machines.map((machine) => {
    const models = others(machine);
    if (models.length === 0) return null;
    return (
      <Fragment key={machine.id}>
        <Menu.Label>{machine.self ? `${machine.name} (${t('machines.thisOne')})` : machine.name}</Menu.Label>
        {models.map((model) => (
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
    );
  });
}
