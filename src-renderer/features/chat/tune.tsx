import { ActionIcon, Button, Drawer, Menu, NumberInput, TagsInput, Textarea, TextInput } from '@mantine/core';
import { Bookmark, SlidersHorizontal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chatLimits, chatParameters } from '../../../src-shared/chat.ts';
import type { ChatParameters } from '../../../src-shared/chat.ts';
import type { Preset } from '../../../src-shared/settings.ts';
import { useAttempt, useNode, useView } from '../../node/index.ts';
import { chat, useChat } from './chat.ts';
import type { Tuning } from './state.ts';
import classes from './tune.module.css';

/** What the model is told and how it samples, for this conversation, behind one button. Saved when it is closed. */
export function Tune(): ReactNode {
  const { t } = useTranslation('window');
  const [opened, setOpened] = useState(false);
  const system = useChat((state) => (state.currentId === null ? state.unsavedTuning.system : (state.conversation?.system ?? '')));
  const parameters = useChat((state) => (state.currentId === null ? state.unsavedTuning.parameters : state.conversation?.parameters));
  const tuned = system !== '' || Object.keys(parameters ?? {}).length > 0;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        onClick={() => setOpened(true)}
        aria-label={tuned ? t('tune.openTuned') : t('tune.open')}
        title={t('tune.open')}
        className={tuned ? classes.tuned : undefined}
        data-testid="tune"
      >
        <SlidersHorizontal size={15} aria-hidden />
      </ActionIcon>
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="right"
        size={380}
        title={t('tune.title')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened && parameters !== undefined && <Fields first={{ system, parameters }} />}
      </Drawer>
    </>
  );
}

function Fields({ first }: { first: Tuning }): ReactNode {
  const { t } = useTranslation('window');
  const [tuning, setTuning] = useState(first);
  const { system, parameters } = tuning;
  const save = (next: Tuning): void => {
    setTuning(next);
    chat.tune(next);
  };
  const set = (change: Partial<ChatParameters>): void => {
    const merged = Object.fromEntries(Object.entries({ ...parameters, ...change }).filter(([, value]) => value !== undefined));
    const parsed = chatParameters.safeParse(merged);
    if (parsed.success) save({ system, parameters: parsed.data });
  };
  const number = (key: 'temperature' | 'topP' | 'maxTokens' | 'seed', max: number, step?: number): ReactNode => (
    <NumberInput
      label={t(`tune.${key}`)}
      value={parameters[key] ?? ''}
      min={key === 'maxTokens' ? 1 : 0}
      max={max}
      {...(step === undefined ? { allowDecimal: false } : { step, decimalScale: 2 })}
      clampBehavior="strict"
      placeholder={t('tune.default')}
      onChange={(value) => set({ [key]: typeof value === 'number' ? value : undefined })}
      data-testid={`tune-${key}`}
    />
  );
  return (
    <div className={classes.fields} data-testid="tune-fields">
      <Presets tuning={tuning} onPick={({ system: told, parameters: how }) => save({ system: told, parameters: how })} />
      <Textarea
        label={t('tune.system')}
        description={t('tune.systemHint')}
        value={system}
        maxLength={200_000}
        autosize
        minRows={3}
        maxRows={12}
        onChange={(event) => setTuning({ system: event.currentTarget.value, parameters })}
        onBlur={() => chat.tune(tuning)}
        data-testid="tune-system"
      />
      <div className={classes.pair}>
        {number('temperature', 2, 0.1)}
        {number('topP', 1, 0.05)}
        {number('maxTokens', chatLimits.tokens)}
        {number('seed', 0xffff_ffff)}
      </div>
      <TagsInput
        label={t('tune.stop')}
        description={t('tune.stopHint')}
        value={parameters.stop ?? []}
        maxTags={chatLimits.stops}
        onChange={(stop) => set({ stop: stop.length === 0 ? undefined : stop })}
      />
      <Button
        variant="default"
        size="xs"
        className={classes.reset}
        onClick={() => save({ system: '', parameters: {} })}
        data-testid="tune-reset"
      >
        {t('tune.reset')}
      </Button>
    </div>
  );
}

/** Ways to ask that were kept, and keeping this one. */
function Presets({ tuning, onPick }: { tuning: Tuning; onPick: (preset: Preset) => void }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const presets = useView((view) => view.settings.presets);
  const [name, setName] = useState('');
  const kept = presets ?? [];
  const write = (next: Preset[]): void => void attempt(() => node().settings.update({ presets: next }));
  const keep = (): void => {
    const called = name.trim();
    if (called === '') return;
    write([...kept.filter((preset) => preset.name !== called), { name: called, ...tuning }]);
    setName('');
  };
  return (
    <div className={classes.presets}>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            size="xs"
            leftSection={<Bookmark size={14} aria-hidden />}
            disabled={kept.length === 0}
            data-testid="presets"
          >
            {t('tune.presets')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kept.map((preset) => (
            <Menu.Item key={preset.name} onClick={() => onPick(preset)}>
              {preset.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {kept.map((preset) => (
            <Menu.Item
              key={preset.name}
              color="red"
              leftSection={<Trash2 size={14} aria-hidden />}
              onClick={() => write(kept.filter(({ name: other }) => other !== preset.name))}
            >
              {t('tune.presetRemove', { name: preset.name })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <form
        className={classes.keep}
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        <TextInput
          size="xs"
          value={name}
          maxLength={60}
          placeholder={t('tune.presetName')}
          aria-label={t('tune.presetName')}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="preset-name"
        />
        <Button size="xs" variant="default" type="submit" disabled={name.trim() === ''}>
          {t('tune.presetKeep')}
        </Button>
      </form>
    </div>
  );
}
