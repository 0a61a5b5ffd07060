export { DropZone } from './drop-zone.tsx';
export { FirstRun } from './first-run.tsx';
export { KeyCard, KeyInvite } from './key-card.tsx';
export { KeyDialogs } from './key-dialogs.tsx';
