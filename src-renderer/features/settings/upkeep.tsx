import { Button, Modal, Switch } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DiagnosticReport, StorageFacts } from '../../../src-shared/upkeep.ts';
import { useAttempt, useDesktop, useEpoch, useNode } from '../../node/index.ts';
import { format } from '../../ui/index.ts';
import { CheckComputer } from './check-computer.tsx';
import classes from './settings-drawer.module.css';

/** Starts hidden when the person signs in. In a browser tab there is no such switch: then it says so. */
export function AtLogin(): ReactNode {
  const { t } = useTranslation('window');
  const desktop = useDesktop();
  const attempt = useAttempt();
  const epoch = useEpoch();
  const [on, setOn] = useState<boolean | null>(null);
  useEffect(() => {
    desktop()
      .autostart()
      .then(setOn, () => setOn(null));
  }, [desktop, epoch]);
  const set = async (wanted: boolean): Promise<void> => {
    await attempt(async () => await desktop().setAutostart({ on: wanted }));
    setOn(await desktop().autostart());
  };
  if (on === null) return <p className={classes.hint}>{t('settings.atLoginNotHere')}</p>;
  return (
    <Switch
      withThumbIndicator={false}
      label={t('settings.atLogin')}
      description={t('settings.atLoginHint')}
      checked={on}
      onChange={(event) => void set(event.currentTarget.checked)}
      data-testid="settings-at-login"
    />
  );
}

/** What this home takes of the disk, and the way to its folder. */
export function Storage(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const desktop = useDesktop();
  const epoch = useEpoch();
  const [facts, setFacts] = useState<StorageFacts | null>(null);
  /** Nothing could open the folder: its path is shown instead. */
  const [asPath, setAsPath] = useState(false);
  useEffect(() => {
    node()
      .storage()
      .then(setFacts, () => setFacts(null));
  }, [node, epoch]);
  if (facts === null) return null;
  const size = (value: number | null): string => (value === null ? t('machines.unknown') : format.bytes(value, i18n.language));
  return (
    <>
      <dl className={classes.about} data-testid="settings-storage">
        <dt>{t('settings.storageConversations')}</dt>
        <dd>{size(facts.conversations)}</dd>
        <dt>{t('settings.storageModels')}</dt>
        <dd>{size(facts.models)}</dd>
        <dt>{t('settings.storageLogs')}</dt>
        <dd>{size(facts.logs)}</dd>
      </dl>
      {asPath ? (
        <code className={classes.path} dir="ltr">
          {facts.folder}
        </code>
      ) : (
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            void desktop()
              .openFolder()
              .then((shown) => setAsPath(!shown))
          }
          data-testid="settings-folder"
        >
          {t('settings.openFolder')}
        </Button>
      )}
    </>
  );
}

/** A report for somebody who helps: the person reads what is in it, and then it is saved as it was read. */
export function Diagnostics(): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const desktop = useDesktop();
  const attempt = useAttempt();
  const [report, setReport] = useState<DiagnosticReport | null>(null);
  const look = async (): Promise<void> => {
    await attempt(async () => setReport(await node().diagnostics()));
  };
  const save = async (): Promise<void> => {
    if (report === null) return;
    await attempt(async () => {
      if (await desktop().saveReport(report)) setReport(null);
    });
  };
  return (
    <>
      <CheckComputer />
      <p className={classes.hint}>{t('settings.reportText')}</p>
      <Button variant="default" size="xs" onClick={() => void look()} data-testid="report-open">
        {t('settings.reportOpen')}
      </Button>
      <Modal
        opened={report !== null}
        onClose={() => setReport(null)}
        title={t('settings.reportTitle')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('common.close') }}
        zIndex={400}
      >
        {report?.files.map(({ name, text }) => (
          <details key={name} className={classes.file} data-testid="report-file">
            <summary>
              {name} <span>{format.bytes(text.length, i18n.language)}</span>
            </summary>
            <pre dir="ltr" tabIndex={0}>
              {text}
            </pre>
          </details>
        ))}
        <Button onClick={() => void save()} data-testid="report-save">
          {t('settings.reportSave')}
        </Button>
      </Modal>
    </>
  );
}
