// The person's settings on disk; what cannot be read never resets the rest.
import { renameSync } from 'node:fs';
import { defaultSwarmPort, defaultWebPort, settings as schema, type Settings, type SettingsPatch } from '../../src-shared/settings.ts';
import { defaultUpdates } from '../../src-shared/updates.ts';
import { readJson, writeJson } from './atomic-file.ts';
import { defaultMachineName } from './machine-name.ts';

export type SettingsStore = {
  get(): Settings;
  /** Validated, written, then visible. Throws a ZodError on a value that is none. */
  update(patch: SettingsPatch): Settings;
  /** What makes all settings as on the first day, but those that say who this machine is and whom it knows, and what the person wrote. */
  defaults(): SettingsPatch;
  /** The file was unreadable at this start: an older generation, or the defaults, are in force, and the file lies beside as `.damaged`. */
  readonly damaged: boolean;
};

/** What a fresh home starts with. */
export function defaultSettings(name = defaultMachineName()): Settings {
  return {
    name,
    role: 'subordinate',
    engine: 'embedded',
    swarmPort: defaultSwarmPort,
    webPort: defaultWebPort,
    seedDiscovery: false,
    open: false,
    allowVulnerableEngine: false,
    limits: { tokensPerDay: null, questionsPerMinute: 120 },
    memberTokensPerDay: {},
    yielding: { battery: 'pause', busy: 'lower', hours: [] },
    pausedUntil: null,
    preferred: null,
    addresses: [],
    titles: true,
    notifications: { joins: true, leaders: true, answers: true, updates: true },
    updates: defaultUpdates,
    colorScheme: 'auto',
  };
}

/** Opens the settings of a home. One unreadable value falls back to its default alone, not the whole file. */
export function openSettings(path: string): SettingsStore {
  const stored = readJson(path);
  let current = merge(stored?.value);
  if (stored?.damaged === true) repair(path, current);
  return {
    get: () => current,
    damaged: stored?.damaged ?? false,
    defaults: firstDay,
    update(patch) {
      const next = schema.parse(withoutUndefined({ ...current, ...takenBack(patch) }));
      writeJson(path, next);
      current = next;
      return next;
    },
  };
}

function firstDay(): SettingsPatch {
  const kept: readonly string[] = ['name', 'role', 'addresses', 'memberTokensPerDay', 'preferred', 'pausedUntil'];
  const plain = Object.fromEntries(Object.entries(defaultSettings()).filter(([key]) => !kept.includes(key)));
  return { ...plain, ollamaUrl: null, openaiUrl: null, model: null, language: null };
}

/** Keeps the damaged file for whoever wants to look, and is whole again for the next start. */
function repair(path: string, good: Settings): void {
  renameSync(path, `${path}.damaged`);
  writeJson(path, good);
}

function merge(value: unknown): Settings {
  const result: Record<string, unknown> = defaultSettings();
  if (typeof value !== 'object' || value === null) return schema.parse(result);
  for (const [key, field] of Object.entries(schema.shape)) {
    const parsed = field.safeParse((value as Record<string, unknown>)[key]);
    if (key in value && parsed.success) result[key] = parsed.data;
  }
  return schema.parse(withoutUndefined(result));
}

/** null means "not set" where that is a value of its own nowhere. */
function takenBack(patch: SettingsPatch): Record<string, unknown> {
  const optional = ['ollamaUrl', 'openaiUrl', 'model', 'language', 'tuning'];
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]) => [key, value === null && optional.includes(key) ? undefined : value]),
  );
}

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}
