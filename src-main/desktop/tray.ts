import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron';
import path from 'node:path';
import type { SwarmView } from '../../src-shared/swarm-view.ts';
import { trayIcon, trayMenu, trayState, type TrayIcon, type TrayItem, type TrayWords } from './tray-menu.ts';

export type TrayActions = { open: () => void; quit: () => void; lead: (wanted: boolean) => void; pause: (minutes: number | null) => void };
export type TrayHandle = { show(view: SwarmView | null): void; destroy(): void };

/** @param icons the folder with NAME.png and NAME@2x.png (macOS: NAMETemplate.png) */
export function createTray(icons: string, words: TrayWords, actions: TrayActions): TrayHandle {
  const image = (icon: TrayIcon) => {
    const template = process.platform === 'darwin';
    const made = nativeImage.createFromPath(path.join(icons, `${icon}${template ? 'Template' : ''}.png`));
    if (template) made.setTemplateImage(true);
    return made;
  };
  const tray = new Tray(image('offline'));
  tray.on('click', actions.open);
  let shown = '';
  return {
    show(view) {
      const items = trayMenu(view, words);
      const icon = trayIcon(view);
      const state = JSON.stringify([icon, items]);
      // a menu that is replaced while it is open closes under the pointer
      if (state === shown) return;
      shown = state;
      tray.setImage(image(icon));
      tray.setToolTip(`Axon: ${trayState(view, words)}`);
      tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => entry(item, actions))));
    },
    destroy: () => tray.destroy(),
  };
}

function entry(item: TrayItem, actions: TrayActions): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'line':
      return { type: 'separator' };
    case 'state':
      return { label: item.text, enabled: false };
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
    case 'open':
      return { label: item.text, click: actions.open };
    case 'quit':
      return { label: item.text, click: actions.quit };
  }
}
