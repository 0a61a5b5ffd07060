import { ActionIcon, Button, Modal } from '@mantine/core';
import { Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LocalEngine, LocalModel, ModelRemoval } from '../../../src-shared/local-engine.ts';
import { useAttempt, useNode } from '../../node/index.ts';
import { format, tell } from '../../ui/index.ts';
import { useLocalEngines } from './use-local-engines.ts';
import classes from './engines.module.css';

type Named = { engine: LocalEngine['kind']; model: LocalModel };

/** The models on this machine's disk, of whatever engine: size, whether they suit it, and the way to be rid of one. `more`: the ways to more. */
export function ModelsHere({ more }: { more: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const { here, look } = useLocalEngines();
  const [asked, setAsked] = useState<Named | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const gone = async (): Promise<void> => {
    await look();
    // the button that asked went with its model
    list.current?.focus({ preventScroll: true });
  };
  if (here === null) return <p className={classes.quiet}>{t('settings.found.looking')}</p>;
  const models = here.engines.flatMap(({ kind, models: own }) => own.map((model): Named => ({ engine: kind, model })));
  return (
    <>
      {models.length === 0 && <p className={classes.quiet}>{t('settings.noModels')}</p>}
      <ul className={classes.list} ref={list} tabIndex={-1} data-testid="settings-models">
        {models.map((one) => (
          <li key={`${one.engine} ${one.model.name}`} className={classes.model} data-testid="local-model">
            <Model one={one} onDelete={() => setAsked(one)} />
          </li>
        ))}
      </ul>
      {more}
      <DeleteModel asked={asked} onClose={() => setAsked(null)} onGone={gone} />
    </>
  );
}

function Model({ one: { engine, model }, onDelete }: { one: Named; onDelete: () => void }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const label = t('settings.here.delete', { name: model.name });
  const facts = [
    model.sizeBytes === undefined ? t('settings.here.sizeUnknown') : format.bytes(model.sizeBytes, i18n.language),
    ...(model.quantization === undefined ? [] : [model.quantization]),
    t(`settings.engines.${engine}`),
    ...(model.loaded ? [t('models.loaded')] : []),
  ];
  return (
    <>
      <div className={classes.words}>
        <span className={classes.name}>{model.name}</span>
        <span className={classes.quiet}>{facts.join(' · ')}</span>
        <span className={classes.fit} data-fit={model.fit}>
          {t(`settings.here.fit.${model.fit}`)}
        </span>
      </div>
      {model.removable && (
        <ActionIcon variant="subtle" color="gray" onClick={onDelete} aria-label={label} title={label} data-testid="model-delete">
          <Trash2 size={15} aria-hidden />
        </ActionIcon>
      )}
    </>
  );
}

/** Nothing brings a model back but another download: so it is asked first, and says so. */
function DeleteModel({ asked, onClose, onGone }: { asked: Named | null; onClose: () => void; onGone: () => Promise<void> }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const [busy, setBusy] = useState(false);
  const size = (bytes: number): string => format.bytes(bytes, i18n.language);
  const told = (name: string, { freedBytes, atMost }: ModelRemoval): string => {
    if (freedBytes === null) return t('settings.here.gone', { name });
    return t(atMost ? 'settings.here.goneAtMost' : 'settings.here.goneFreed', { name, size: size(freedBytes) });
  };
  const remove = async ({ engine, model }: Named): Promise<void> => {
    setBusy(true);
    await attempt(async () => {
      const removal = await node().engines.removeModel({ engine, model: model.name });
      tell({ text: told(model.name, removal) });
    });
    setBusy(false);
    onClose();
    await onGone();
  };
  const bytes = asked?.model.sizeBytes;
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={asked === null ? '' : t('settings.here.deleteTitle', { name: asked.model.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      zIndex={400}
      data-testid="model-delete-ask"
    >
      <p className={classes.ask}>
        {bytes !== undefined && `${t('settings.here.takes', { size: size(bytes) })} `}
        {t('settings.here.noUndo')}
      </p>
      <div className={classes.actions}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color="red" loading={busy} onClick={() => asked !== null && void remove(asked)} data-testid="model-delete-yes">
          {t('settings.here.deleteYes')}
        </Button>
      </div>
    </Modal>
  );
}
