import { Badge, Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNode, useView } from '../../node/index.ts';
import { Notice } from '../../ui/index.ts';
import classes from './machine-card.module.css';

/** The hole in the engine of this machine, in red, and the owner's word on whether others may use it all the same. */
export function VulnerableEngine(): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const hole = useView((view) => view.self.engine?.vulnerable ?? null);
  const allowed = useView((view) => view.settings.allowVulnerableEngine);
  if (hole === null) return null;
  const { component, version, minimum, cves } = hole;
  return (
    <Notice tone="bad" title={t('machines.hole.title', { component, version })} testId="vulnerable-engine">
      <div className={classes.cves}>
        {cves.map((cve) => (
          <Badge key={cve} color="red" variant="filled" size="sm" radius="sm">
            {cve}
          </Badge>
        ))}
      </div>
      <p className={classes.hole}>
        {cves.length === 0 ? t('machines.hole.unknown', { minimum }) : t('machines.hole.update', { minimum })}{' '}
        {allowed ? t('machines.hole.lent') : t('machines.hole.withheld')}
      </p>
      <Switch
        size="xs"
        withThumbIndicator={false}
        label={t('machines.hole.allow')}
        checked={allowed}
        onChange={(event) => void node().settings.update({ allowVulnerableEngine: event.currentTarget.checked })}
        data-testid="allow-vulnerable-engine"
      />
    </Notice>
  );
}
