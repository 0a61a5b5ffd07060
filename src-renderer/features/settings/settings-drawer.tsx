import { Drawer, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languages } from '../../../src-shared/i18n/index.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { escapeWithin } from '../../ui/index.ts';
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
import { ModelsHere } from './models-here.tsx';
import { Updates } from './updates.tsx';
import { QuitApp, ZoomField } from './this-app.tsx';
import { AtLogin, Diagnostics, Storage } from './upkeep.tsx';
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
  const parts: Part[] = [
    {
      title: 'machine',
      words: ['name', 'scheme', 'language', 'titles', 'atLogin', 'hotkey.title', 'zoom', 'quit'],
      content: <ThisComputer />,
    },
    { title: 'key', words: [], content: keyCard },
    { title: 'members', words: [], content: members },
    {
      title: 'engine',
      words: ['engineKind', 'model', 'ollamaUrl', 'openaiUrl', 'serverKey.label'],
      content: <EngineChoice inSight={engineInSight} />,
    },
    { advanced: true, title: 'found.title', words: ['engineKind', 'ollamaUrl', 'openaiUrl'], content: <EnginesFound /> },
    { title: 'modelsHere', words: ['model', 'here.deleteYes'], content: <ModelsHere more={downloads} /> },
    {
      advanced: true,
      title: 'sharing.title',
      words: ['sharing.hours', 'sharing.battery', 'sharing.metered', 'sharing.tokensPerDay', 'sharing.onRequest'],
      content: <Sharing />,
    },
    { advanced: true, title: 'network', words: ['swarmPort', 'webPort', 'seedDiscovery'], content: <Network /> },
    { title: 'notices.title', words: ['notices.joins', 'notices.leaders', 'notices.answers'], content: <Notices /> },
    { title: 'updates.title', words: ['updates.on', 'updates.channel', 'version'], content: <Updates answering={answering} /> },
    { title: 'storage', words: ['storageConversations', 'storageLogs', 'openFolder'], content: <Storage /> },
    { advanced: true, title: 'about', words: ['version', 'addresses', 'identity'], content: <About /> },
    { title: 'report', words: ['reportTitle', 'reportText'], content: <Diagnostics /> },
    { title: 'reset.title', words: ['reset.button'], content: <Reset /> },
    { title: 'resetData.title', words: ['resetData.button', 'resetData.hint'], content: <ResetData /> },
  ];
  // what is sought is found at either level
  const all = sought.trim() === '' && level === 'simple' ? parts.filter(({ advanced }) => advanced !== true) : parts;
  const shown = all.filter(({ title, words }) =>
    found(
      sought,
      [title, ...words].map((word) => t(`settings.${word}`)),
    ),
  );
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      {...escapeWithin(onClose)}
      position="right"
      size={420}
      title={t('settings.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      // Mantine would close it together with a dialog that it opened: both hear the key at the window.
      closeOnEscape={false}
      onKeyDown={(event) => {
        const { target, currentTarget } = event;
        const taken = !(target instanceof Element) || target.getAttribute('data-mantine-stop-propagation') === 'true';
        if (event.key === 'Escape' && !event.nativeEvent.isComposing && !taken && currentTarget.contains(target)) onClose();
      }}
      data-testid="settings"
    >
      <div className={classes.sections}>
        <TextInput
          type="search"
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
          leftSection={<Search size={15} aria-hidden />}
          aria-label={t('settings.search')}
          placeholder={t('settings.search')}
          data-testid="settings-search"
        />
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t('settings.level.label')}
          value={level}
          data={levels.map((value) => ({ value, label: t(`settings.level.${value}`) }))}
          onChange={choose}
          data-testid="settings-level"
        />
        {shown.length === 0 && <p className={classes.hint}>{t('settings.nothingFound')}</p>}
        {shown.map(({ title, content }) => (
          // the key stays in another language: what is open, typed or has the focus stays too
          <Section key={title} title={t(`settings.${title}`)}>
            {content}
          </Section>
        ))}
      </div>
    </Drawer>
  );
}

/** title, words: keys under `settings`; a search looks at all of them. advanced: shown at that level, or when it is sought. */
type Part = { title: SettingWord; words: SettingWord[]; content: ReactNode; advanced?: boolean };
type SettingWord =
  | 'about'
  | 'addresses'
  | 'atLogin'
  | 'engine'
  | 'engineKind'
  | 'found.title'
  | 'here.deleteYes'
  | 'hotkey.title'
  | 'identity'
  | 'key'
  | 'language'
  | 'machine'
  | 'members'
  | 'model'
  | 'modelsHere'
  | 'name'
  | 'network'
  | 'notices.answers'
  | 'notices.joins'
  | 'notices.leaders'
  | 'notices.title'
  | 'ollamaUrl'
  | 'openaiUrl'
  | 'openFolder'
  | 'quit'
  | 'report'
  | 'reportText'
  | 'reportTitle'
  | 'reset.button'
  | 'reset.title'
  | 'resetData.button'
  | 'resetData.hint'
  | 'resetData.title'
  | 'scheme'
  | 'seedDiscovery'
  | 'serverKey.label'
  | 'sharing.battery'
  | 'sharing.hours'
  | 'sharing.metered'
  | 'sharing.onRequest'
  | 'sharing.title'
  | 'sharing.tokensPerDay'
  | 'storage'
  | 'storageConversations'
  | 'storageLogs'
  | 'swarmPort'
  | 'titles'
  | 'updates.channel'
  | 'updates.on'
  | 'updates.title'
  | 'version'
  | 'webPort'
  | 'zoom';

/** Every word of the search stands somewhere in the texts, or is a part of one there; accents and case do not count. */
function found(sought: string, texts: readonly string[]): boolean {
  const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const words = plain(sought).split(/\s+/).filter(Boolean);
  const all = plain(texts.join(' '));
  return words.every((word) => all.includes(word));
}

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

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section className={classes.section}>
      <h3>{title}</h3>
      {children}
    </section>
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
      <Select
        label={t('settings.language')}
        data={[
          { value: 'system', label: t('settings.languageSystem') },
          ...languages.map(({ code, name }) => ({ value: code, label: name })),
        ]}
        value={language ?? 'system'}
        allowDeselect={false}
        comboboxProps={{ withinPortal: true }}
        data-testid="settings-language"
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
