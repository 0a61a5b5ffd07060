export { CopyButton } from './copy-button.tsx';
export { Dot } from './dot.tsx';
export type { DotState } from './dot.tsx';
export { Mark } from './mark.tsx';
export { Notice } from './notice.tsx';
export { useNow } from './use-now.ts';
export { adoptTheme, theme } from './theme.ts';
export * as format from './format.ts';
export { takeFocus } from './take-focus.ts';
