// Start at login, hidden. macOS and Windows keep a list of their own; on Linux it is a file (XDG autostart specification 0.5).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The part of Electron's app that is needed. */
export type LoginItems = {
  getLoginItemSettings(options: { args: string[] }): { openAtLogin: boolean };
  setLoginItemSettings(settings: { openAtLogin: boolean; args: string[] }): void;
};

export type AutostartOptions = {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  homeFolder: string;
  /** What is started, and with what: `--hidden` is added. */
  program: string;
  args: readonly string[];
  items: LoginItems;
};

export type Autostart = { on(): boolean; set(on: boolean): void };

export function autostart(options: AutostartOptions): Autostart {
  const args = [...options.args, '--hidden'];
  if (options.platform !== 'linux') {
    return {
      on: () => options.items.getLoginItemSettings({ args }).openAtLogin,
      set: (on) => options.items.setLoginItemSettings({ openAtLogin: on, args }),
    };
  }
  const folder = path.join(options.env['XDG_CONFIG_HOME'] || path.join(options.homeFolder, '.config'), 'autostart');
  const file = path.join(folder, 'axon.desktop');
  return {
    on: () => isOn(file),
    set(on) {
      if (!on) {
        rmSync(file, { force: true });
        return;
      }
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(file, autostartEntry(options.program, args));
    },
  };
}

/** A desktop may also switch it off itself, by a line in the file. */
function isOn(file: string): boolean {
  try {
    const text = readFileSync(file, 'utf8');
    return !/^(Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text);
  } catch {
    return false;
  }
}

/** The desktop entry; each word of Exec is quoted as the Desktop Entry specification 1.5 asks. */
export function autostartEntry(program: string, args: readonly string[]): string {
  const command = [program, ...args].map(quoted).join(' ');
  return `[Desktop Entry]\nType=Application\nName=Axon\nExec=${command}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n`;
}

/** In double quotes, with ", `, $ and \\ escaped; the file's own escaping doubles each backslash; %% is a percent sign. */
function quoted(word: string): string {
  const inside = word.replaceAll(/["`$\\]/g, String.raw`\$&`).replaceAll('%', '%%');
  return `"${inside.replaceAll('\\', '\\\\')}"`;
}
