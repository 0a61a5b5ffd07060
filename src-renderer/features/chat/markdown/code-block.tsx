import { createContext, isValidElement, memo, useCallback, useContext, useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from '../../../ui/index.ts';
import { useTranslation } from 'react-i18next';
import { CodeText } from './code-text.tsx';
import { Maths } from './maths.tsx';
import classes from './markdown.module.css';

/** The block that is drawn may still grow. */
export const Growing = createContext(false);

/** What stands in a fence within other markup. */
export function CodeBlock({ children }: { children: ReactNode }): ReactNode {
  const growing = useContext(Growing);
  const className = classNameOf(children);
  const code = textOf(children).replace(/\n$/, '');
  const language = isFormula(className) ? formula : (/language-([\w+#.-]{1,30})/.exec(className)?.[1] ?? '');
  return <Code code={code} language={language} growing={growing} />;
}

/** Fenced code with its language, its colours and a copy button; a fenced formula as a formula. */
export function Code({ code, language, growing }: { code: string; language: string; growing: boolean }): ReactNode {
  const newest = useRef(code);
  useEffect(() => {
    newest.current = code;
  });
  const text = useCallback(() => newest.current, []);
  if (language === formula) return <Maths tex={code} display />;
  return (
    <div className={classes.codeFrame} data-testid="code-block" dir="ltr">
      <Head language={language} text={text} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long code scrolls, and has to by keyboard too */}
      <pre tabIndex={0}>
        <code>
          <CodeText key={language} code={code} language={language} growing={growing} />
        </code>
      </pre>
    </div>
  );
}

/** Stays as it is while the code grows. */
const Head = memo(function Head({ language, text }: { language: string; text: () => string }): ReactNode {
  const { t } = useTranslation('window');
  return (
    <div className={classes.codeHead}>
      <span>{language}</span>
      <CopyButton text={text} label={t('chat.copyCode')} copiedLabel={t('common.copied')} testId="copy-code" />
    </div>
  );
});

/** A formula within a line, or code within one. */
export function InlineCode({ className, children }: { className?: string | undefined; children: ReactNode }): ReactNode {
  if (className !== undefined && isFormula(className)) return <Maths tex={textOf(children)} display={false} />;
  return <code className={className}>{children}</code>;
}

/** The language of a fence that is one. */
const formula = 'math';

/** As remark-math names them, and a fence of the language "math". */
const isFormula = (className: string): boolean => /(?:^|\s)language-math(?:\s|$)/.test(className);

function classNameOf(node: ReactNode): string {
  return isValidElement<{ className?: string }>(node) ? (node.props.className ?? '') : '';
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  if (Array.isArray(node)) return node.map(textOf).join('');
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : '';
}
