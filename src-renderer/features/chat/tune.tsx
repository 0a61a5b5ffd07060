import { ActionIcon, Button, Drawer, Menu, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { Bookmark, SlidersHorizontal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chatLimits, chatParameters } from '../../../src-shared/chat.ts';
import type { ChatParameters } from '../../../src-shared/chat.ts';
import { thinkEffort } from '../../../src-shared/model.ts';
import type { Preset, Tuning } from '../../../src-shared/settings.ts';
import { useAttempt, useMadeOfView, useNode, useView } from '../../node/index.ts';
import { format, useTyped } from '../../ui/index.ts';
import { chat, useChat } from './chat.ts';
import { effortsFor, lastModel, mostContext } from './context-use.ts';
import { NumberBox } from './number-box.tsx';
import { isTuned } from './state.ts';
import classes from './tune.module.css';

/** What the model is told and how it samples, for this conversation, behind one button. Saved when it is closed. */
export function Tune(): ReactNode {
  const { t } = useTranslation('window');
  const [opened, setOpened] = useState(false);
  const tuning = useTuning();
  const tuned = tuning !== null && isTuned(tuning);
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
        {opened && tuning !== null && <Fields first={tuning} />}
      </Drawer>
    </>
  );
}

const noTuning: Tuning = { system: '', parameters: {} };

/** Of the open conversation; null: it is being read */
function useTuning(): Tuning | null {
  const usual = useView((view) => view.settings.tuning) ?? noTuning;
  const currentId = useChat((state) => state.currentId);
  const unsaved = useChat((state) => state.unsavedTuning);
  const conversation = useChat((state) => state.conversation);
  if (currentId === null) return unsaved ?? usual;
  return conversation === null ? null : { system: conversation.system, parameters: conversation.parameters };
}

function Fields({ first }: { first: Tuning }): ReactNode {
  const { t } = useTranslation('window');
  const [saved, setSaved] = useState(first);
  const { typed, type, commit } = useTyped((next: Tuning) => {
    setSaved(next);
    chat.tune(next);
    return true;
  });
  const tuning = typed ?? saved;
  const { system, parameters } = tuning;
  const save = (next: Tuning): void => {
    type(next);
    commit();
  };
  const set = (change: Partial<ChatParameters>): void => {
    const merged = Object.fromEntries(Object.entries({ ...parameters, ...change }).filter(([, value]) => value !== undefined));
    const parsed = chatParameters.safeParse(merged);
    if (parsed.success) save({ system, parameters: parsed.data });
  };
  const number = (key: 'temperature' | 'topP' | 'maxTokens' | 'seed', max: number, step?: number): ReactNode => (
    <NumberBox
      label={t(`tune.${key}`)}
      value={parameters[key]}
      min={key === 'maxTokens' ? 1 : 0}
      max={max}
      {...(step === undefined ? {} : { step })}
      placeholder={t('tune.default')}
      onChange={(value) => set({ [key]: value })}
      testId={`tune-${key}`}
    />
  );
  return (
    <div className={classes.fields} data-testid="tune-fields">
      <Presets tuning={tuning} onPick={({ system: told, parameters: how }) => save({ system: told, parameters: how })} />
      <Textarea
        label={t('tune.system')}
        description={t('tune.systemHint')}
        value={system}
        maxLength={chatLimits.system}
        autosize
        minRows={3}
        maxRows={12}
        onChange={(event) => type({ system: event.currentTarget.value, parameters })}
        onBlur={commit}
        data-testid="tune-system"
      />
      <div className={classes.pair}>
        {number('temperature', 2, 0.1)}
        {number('topP', 1, 0.05)}
        {number('maxTokens', chatLimits.tokens)}
        {number('seed', 0xffff_ffff)}
      </div>
      <ContextLength asked={parameters.contextTokens} onPick={(contextTokens) => set({ contextTokens })} />
      <Thinking effort={parameters.think} onPick={(think) => set({ think })} />
      <StopWords words={parameters.stop ?? []} onChange={(stop) => set({ stop: stop.length === 0 ? undefined : stop })} />
      <div className={classes.presets}>
        <Button variant="default" size="xs" onClick={() => save(noTuning)} data-testid="tune-reset">
          {t('tune.reset')}
        </Button>
        <ForNewChats tuning={tuning} />
      </div>
    </div>
  );
}

/** Where the answer ends. What is typed becomes one of them with Enter, or when the field is left. */
function StopWords({ words, onChange }: { words: string[]; onChange: (words: string[]) => void }): ReactNode {
  const { t } = useTranslation('window');
  const { typed, type } = useTyped((text: string) => {
    const word = text.trim();
    if (word !== '' && !words.includes(word) && words.length < chatLimits.stops) onChange([...words, word]);
    return true;
  });
  return (
    <TagsInput
      label={t('tune.stop')}
      description={t('tune.stopHint')}
      value={words}
      maxTags={chatLimits.stops}
      // it has no list, and Esc would close one that nobody sees before it closes the drawer
      dropdownOpened={false}
      searchValue={typed ?? ''}
      onSearchChange={type}
      onChange={onChange}
      data-testid="tune-stop"
    />
  );
}

/** The model that the next question goes to; null: whichever suits best */
function useModel(): string | null {
  const picked = useChat((state) => (state.currentId === null ? state.unsavedModel : (state.conversation?.model ?? null)));
  const last = useChat((state) => lastModel(state.conversation?.messages ?? []));
  return picked ?? last;
}

/** How much the model thinks first: only for one that does, and only what makes a difference to it. */
function Thinking({ effort, onPick }: { effort: ChatParameters['think']; onPick: (effort: ChatParameters['think']) => void }): ReactNode {
  const { t } = useTranslation('window');
  const model = useModel();
  const efforts = useMadeOfView((view) => effortsFor(view, model));
  if (efforts === null) return null;
  const options = thinkEffort.options.filter((one) => efforts.includes(one) || one === effort);
  return (
    <Select
      label={t('tune.think')}
      description={efforts.length === 0 ? t('tune.thinkFixed') : undefined}
      disabled={efforts.length === 0 && effort === undefined}
      value={effort ?? 'own'}
      data={[{ value: 'own', label: t('tune.thinking.own') }, ...options.map((one) => ({ value: one, label: t(`tune.thinking.${one}`) }))]}
      allowDeselect={false}
      onChange={(value) => onPick(thinkEffort.safeParse(value).data)}
      data-testid="tune-think"
    />
  );
}

/** Tokens; Ollama's own app has the upper ones. */
const contextSteps = [2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144];

/** How much is read at once, and whether any machine gives as much. */
function ContextLength({ asked, onPick }: { asked: number | undefined; onPick: (tokens: number | undefined) => void }): ReactNode {
  const { t, i18n } = useTranslation('window');
  const model = useModel();
  const most = useView((view) => mostContext(view, model));
  const capped = asked !== undefined && most !== null && asked > most;
  const steps = asked === undefined || contextSteps.includes(asked) ? contextSteps : [...contextSteps, asked].sort((a, b) => a - b);
  return (
    <Select
      label={t('tune.contextTokens')}
      description={capped ? t('tune.contextCapped', { limit: format.count(most, i18n.language) }) : t('tune.contextHint')}
      value={String(asked ?? '')}
      data={[
        { value: '', label: t('tune.default') },
        ...steps.map((tokens) => ({ value: String(tokens), label: t('tune.tokens', { tokens: format.count(tokens, i18n.language) }) })),
      ]}
      allowDeselect={false}
      onChange={(value) => onPick(Number(value) || undefined)}
      data-testid="tune-contextTokens"
    />
  );
}

/** New conversations start with this; or, where they do already, with nothing. */
function ForNewChats({ tuning }: { tuning: Tuning }): ReactNode {
  const { t } = useTranslation('window');
  const node = useNode();
  const attempt = useAttempt();
  const usual = useView((view) => view.settings.tuning);
  const same = JSON.stringify(usual ?? noTuning) === JSON.stringify(tuning);
  if (same && !isTuned(tuning)) return null;
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => void attempt(() => node().settings.update({ tuning: same || !isTuned(tuning) ? null : tuning }))}
      data-testid="tune-usual"
    >
      {same ? t('tune.usualForget') : t('tune.usual')}
    </Button>
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
