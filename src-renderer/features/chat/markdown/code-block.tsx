import { isValidElement } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from '../../../ui/index.ts';
import { useTranslation } from 'react-i18next';
import classes from './markdown.module.css';

/** Fenced code with its language and a copy button. Highlighting comes later, lazily, behind this component. */
export function CodeBlock({ children }: { children: ReactNode }): ReactNode {
  const { t } = useTranslation('window');
  const language = languageOf(children);
  return (
    <div className={classes.codeFrame} data-testid="code-block" dir="ltr">
      <div className={classes.codeHead}>
        <span>{language}</span>
        <CopyButton text={() => textOf(children).replace(/\n$/, '')} label={t('chat.copyCode')} copiedLabel={t('common.copied')} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long code scrolls, and has to by keyboard too */}
      <pre tabIndex={0}>{children}</pre>
    </div>
  );
}

function languageOf(node: ReactNode): string {
  if (!isValidElement<{ className?: string }>(node)) return '';
  return /language-([\w+#.-]{1,30})/.exec(node.props.className ?? '')?.[1] ?? '';
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  if (Array.isArray(node)) return node.map(textOf).join('');
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : '';
}
