export { SettingsDrawer } from './settings-drawer.tsx';
export { ThisComputer } from './this-computer.tsx';
