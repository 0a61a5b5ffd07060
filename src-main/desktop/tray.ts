import { Menu, nativeImage, nativeTheme, systemPreferences, Tray, type MenuItemConstructorOptions } from 'electron';
import path from 'node:path';
import type { DesktopWish } from '../../src-shared/desktop.ts';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { trayIcon, trayMenu, trayState, type TrayIcon, type TrayItem, type TrayWords } from './tray-menu.ts';

export type TrayActions = {
  open: () => void;
  quit: () => void;
  lead: (wanted: boolean) => void;
  pause: (minutes: number | null) => void;
  prefer: (peerId: string | null) => void;
  wish: (wish: DesktopWish) => void;
};
export type TrayHandle = { show(view: SwarmView | null): void; destroy(): void };

/** An answer on its way breathes: so long each of its two pictures is shown, ms. */
const frameMs = 900;

/** @param icons the folder with NAME.png and NAMELight.png, for light and dark panels, each with @2x (macOS: NAMETemplate.png, Windows: .ico) */
export function createTray(icons: string, words: TrayWords, actions: TrayActions): TrayHandle {
  const image = (icon: TrayIcon | 'answeringPulse') => {
    const template = process.platform === 'darwin';
    const kind = process.platform === 'win32' ? 'ico' : 'png';
    const made = nativeImage.createFromPath(path.join(icons, `${icon}${template ? 'Template' : darkPanel() ? 'Light' : ''}.${kind}`));
    if (template) made.setTemplateImage(true);
    return made;
  };
  const tray = new Tray(image('offline'));
  tray.on('click', actions.open);
  let shown = '';
  let seen: SwarmView | null = null;
  let beat: ReturnType<typeof setInterval> | undefined;
  const draw = (): void => {
    clearInterval(beat);
    const icon = trayIcon(seen);
    tray.setImage(image(icon));
    if (icon !== 'answering' || systemPreferences.getAnimationSettings().prefersReducedMotion) return;
    let pulse = false;
    beat = setInterval(() => {
      pulse = !pulse;
      tray.setImage(image(pulse ? 'answeringPulse' : icon));
    }, frameMs);
  };
  nativeTheme.on('updated', draw);
  return {
    show(view) {
      seen = view;
      const items = trayMenu(view, words);
      const icon = trayIcon(view);
      const state = JSON.stringify([icon, items]);
      // a menu that is replaced while it is open closes under the pointer
      if (state === shown) return;
      shown = state;
      draw();
      tray.setToolTip(`Axon: ${trayState(view, words)}`);
      tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => entry(item, actions))));
    },
    destroy() {
      nativeTheme.off('updated', draw);
      clearInterval(beat);
      tray.destroy();
    },
  };
}

/** GNOME's panel is dark under a light theme as well. */
function darkPanel(): boolean {
  return nativeTheme.shouldUseDarkColors || /gnome|unity/i.test(process.env['XDG_CURRENT_DESKTOP'] ?? '');
}

function entry(item: TrayItem, actions: TrayActions): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'line':
      return { type: 'separator' };
    case 'state':
      return { label: item.text, enabled: item.clickable, click: () => actions.wish('trouble') };
    case 'peer':
      return { label: item.text, click: actions.open };
    case 'lead':
      return {
        label: item.text,
        type: 'checkbox',
        checked: item.checked,
        enabled: item.enabled,
        click: ({ checked }) => actions.lead(checked),
      };
    case 'pause':
      return { label: item.text, click: () => actions.pause(item.minutes) };
    case 'chats':
      return {
        label: item.text,
        submenu: item.choices.map(({ peerId, text, checked }) => ({
          label: text,
          type: 'radio',
          checked,
          click: () => actions.prefer(peerId),
        })),
      };
    case 'wish':
      return { label: item.text, click: () => actions.wish(item.wish) };
    case 'open':
      return { label: item.text, click: actions.open };
    case 'quit':
      return { label: item.text, click: actions.quit };
  }
}
