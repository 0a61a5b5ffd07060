import { Drawer, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languages } from '../../../src-shared/i18n/index.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { keepFocus, useEscape } from '../../ui/index.ts';
import { useView } from '../../node/index.ts';
import { About } from './about.tsx';
import { ChoiceField } from './choice-field.tsx';
import { Notices } from './notices.tsx';
import { Reset, ResetData } from './reset.tsx';
import { SavedText } from './saved-text.tsx';
import { Sharing } from './sharing.tsx';
import { EngineChoice } from './engine-choice.tsx';
import { EnginesFound } from './engines-found.tsx';
import { HotkeyField } from './hotkey.tsx';
import { chosenLevel, keepLevel, levels } from './level.ts';
import { ListedChoice } from './listed-choice.tsx';
import { ModelsHere } from './models-here.tsx';
import { Updates } from './updates.tsx';
import { QuitApp, ZoomField } from './this-app.tsx';
import { AtLogin, Diagnostics, Storage } from './upkeep.tsx';
import { useFound } from './use-found.ts';
import { useOverride } from './use-override.ts';
import { useSaveSettings } from './use-save-settings.ts';
import classes from './settings-drawer.module.css';

/** Everything that can be set, simple things first. `keyCard`, `members`, `downloads` and `answering` are other features'; the shell passes them in. */
export function SettingsDrawer({
  opened,
  engineInSight,
  onClose,
  keyCard,
  members,
  answering,
  downloads,
}: {
  opened: boolean;
  /** It was opened for the engine. */
  engineInSight: boolean;
  onClose: () => void;
  keyCard: ReactNode;
  members: ReactNode;
  /** An answer is on its way into this window. */
  answering: boolean;
  downloads: ReactNode;
}): ReactNode {
  const { t } = useTranslation('window');
  const [sought, setSought] = useState('');
  const [level, setLevel] = useState(chosenLevel);
  const choose = (value: string): void => {
    const next = levels.find((one) => one === value) ?? 'simple';
    keepLevel(next);
    setLevel(next);
  };
  const [frame, setFrame] = useState<HTMLElement | null>(null);
  const found = useFound(frame, sought);
  useEffect(() => (frame === null ? undefined : keepFocus(frame)), [frame]);
  const escape = useEscape(opened, onClose);
  const parts: Part[] = [
    { name: 'machine', sometimes: ['atLogin', 'zoom', 'quit'], content: <ThisComputer /> },
    { name: 'key', content: keyCard },
    { name: 'members', content: members },
    { name: 'engine', sometimes: ['ollamaUrl', 'openaiUrl', 'serverKey.label'], content: <EngineChoice inSight={engineInSight} /> },
    { advanced: true, name: 'found', content: <EnginesFound /> },
    { name: 'modelsHere', content: <ModelsHere more={downloads} /> },
    { advanced: true, name: 'sharing', sometimes: ['sharing.battery'], content: <Sharing /> },
    { advanced: true, name: 'network', content: <Network /> },
    { name: 'notices', content: <Notices /> },
    { name: 'updates', sometimes: ['updates.on', 'updates.channel'], content: <Updates answering={answering} /> },
    { name: 'storage', content: <Storage /> },
    { advanced: true, name: 'about', content: <About /> },
    { name: 'report', content: <Diagnostics /> },
    { name: 'reset', content: <Reset /> },
    { name: 'resetData', sometimes: ['resetData.button'], content: <ResetData /> },
  ];
  // what is sought is found at either level
  const shown = sought.trim() === '' && level === 'simple' ? parts.filter(({ advanced }) => advanced !== true) : parts;
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      {...escape}
      position="right"
      size={420}
      title={t('settings.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      data-testid="settings"
    >
      <div className={classes.sections} ref={setFrame}>
        <TextInput
          type="search"
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
          leftSection={<Search size={15} aria-hidden />}
          aria-label={t('settings.search')}
          placeholder={t('settings.search')}
          data-testid="settings-search"
        />
        <div>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t('settings.level.label')}
            value={level}
            data={levels.map((value) => ({ value, label: t(`settings.level.${value}`) }))}
            onChange={choose}
            data-testid="settings-level"
          />
          <p className={classes.nothing} role="status">
            {found?.size === 0 && t('settings.nothingFound')}
          </p>
        </div>
        {shown.map(({ name, sometimes = [], content }) => {
          const also = [t(`settings.also.${name}`), ...sometimes.map((word) => t(`settings.${word}`))].join(' ');
          return (
            // it is hidden and not taken away: what is open, typed or has the focus stays, in another language too
            <section
              key={name}
              className={classes.section}
              hidden={found?.has(name) === false}
              tabIndex={-1}
              aria-labelledby={`axon-settings-${name}`}
              data-section={name}
              data-also={also}
            >
              <h3 id={`axon-settings-${name}`}>{t(`settings.${titles[name]}`)}</h3>
              {content}
            </section>
          );
        })}
      </div>
    </Drawer>
  );
}

/** The sections, each with the key of its title under `settings`; other words for what is in it stand under `settings.also`. */
const titles = {
  about: 'about',
  engine: 'engine',
  found: 'found.title',
  key: 'key',
  machine: 'machine',
  members: 'members',
  modelsHere: 'modelsHere',
  network: 'network',
  notices: 'notices.title',
  report: 'report',
  reset: 'reset.title',
  resetData: 'resetData.title',
  sharing: 'sharing.title',
  storage: 'storage',
  updates: 'updates.title',
} as const;

/**
 * A search looks at all that a section shows, and at its `sometimes`: the keys under `settings` of what does not stand in it just now.
 * advanced: shown at that level, or when it is sought
 */
type Part = { name: keyof typeof titles; sometimes?: SometimesThere[]; content: ReactNode; advanced?: boolean };
type SometimesThere =
  | 'atLogin'
  | 'ollamaUrl'
  | 'openaiUrl'
  | 'quit'
  | 'resetData.button'
  | 'serverKey.label'
  | 'sharing.battery'
  | 'updates.channel'
  | 'updates.on'
  | 'zoom';

function ThisComputer(): ReactNode {
  return (
    <>
      <Name />
      <Look />
      <ZoomField />
      <AtLogin />
      <HotkeyField />
      <QuitApp />
    </>
  );
}

function Name(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const name = useView((view) => view.settings.name);
  return (
    <SavedText
      label={t('settings.name')}
      description={t('settings.nameHint')}
      value={name}
      maxLength={63}
      check={(text) => (text.trim() === '' ? t('settings.nameEmpty') : null)}
      save={(text) => save({ name: text.trim() })}
      testId="settings-name"
    />
  );
}

function Look(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const scheme = useView((view) => view.settings.colorScheme);
  const language = useView((view) => view.settings.language);
  const titles = useView((view) => view.settings.titles);
  const schemes: Settings['colorScheme'][] = ['auto', 'light', 'dark'];
  return (
    <>
      <ChoiceField
        id="axon-scheme"
        label={t('settings.scheme')}
        value={scheme}
        choices={schemes.map((value) => ({ value, label: t(`settings.schemes.${value}`) }))}
        onChange={(colorScheme) => void save({ colorScheme })}
        testId="settings-scheme"
      />
      <ListedChoice
        label={t('settings.language')}
        data={[
          { value: 'system', label: t('settings.languageSystem') },
          ...languages.map(({ code, name }) => ({ value: code, label: name })),
        ]}
        value={language ?? 'system'}
        allowDeselect={false}
        testId="settings-language"
        onChange={(value) => {
          if (value !== null) void save({ language: value === 'system' ? null : value });
        }}
      />
      <Switch
        withThumbIndicator={false}
        checked={titles}
        onChange={(event) => void save({ titles: event.currentTarget.checked })}
        label={t('settings.titles')}
        description={t('settings.titlesHint')}
        data-testid="settings-titles"
      />
    </>
  );
}

function Network(): ReactNode {
  const { t } = useTranslation('window');
  const save = useSaveSettings();
  const swarmPort = useView((view) => view.settings.swarmPort);
  const webPort = useView((view) => view.settings.webPort);
  const seed = useView((view) => view.settings.seedDiscovery);
  const [swarmBy, webBy] = [useOverride('swarmPort'), useOverride('webPort')];
  const check = (text: string): string | null => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? null : t('settings.portBad'));
  return (
    <>
      <div className={classes.pair}>
        <SavedText
          label={t('settings.swarmPort')}
          value={String(swarmPort)}
          disabled={swarmBy.fixed}
          maxLength={5}
          check={check}
          save={(text) => save({ swarmPort: Number(text) })}
          numeric
        />
        <SavedText
          label={t('settings.webPort')}
          value={String(webPort)}
          disabled={webBy.fixed}
          maxLength={5}
          check={check}
          save={(text) => save({ webPort: Number(text) })}
          numeric
        />
      </div>
      {[...new Set([swarmBy.why, webBy.why])].map(
        (why) =>
          why !== undefined && (
            <p key={why} className={classes.hint}>
              {why}
            </p>
          ),
      )}
      <p className={classes.hint}>{t('settings.portHint')}</p>
      <Switch
        withThumbIndicator={false}
        label={t('settings.seedDiscovery')}
        description={t('settings.seedDiscoveryHint')}
        checked={seed}
        onChange={(event) => void save({ seedDiscovery: event.currentTarget.checked })}
      />
    </>
  );
}
