import { Children, Component, isValidElement, memo, useMemo } from 'react';
import type { ReactElement, ReactNode } from 'react';
import Markdown, { defaultUrlTransform } from 'react-markdown';
import type { Components, Options } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import remend from 'remend';
import { wholeTable } from './begun-table.ts';
import { isTangled, isTooHeavy, markdownLimits, splitBlocks, splitPlain } from './blocks.ts';
import { Code, CodeBlock, Growing, InlineCode } from './code-block.tsx';
import { ImageChip } from './image-chip.tsx';
import { hasTooManyFormulas, markMaths, mathsPlugin } from './mark-maths.ts';
import { partOf } from './parts.ts';
import type { ListPart } from './parts.ts';
import { SafeLink } from './safe-link.tsx';
import classes from './markdown.module.css';

/**
 * A model's text as formatted text. Nothing remote is ever loaded: images become a chip, links ask first, raw HTML stays text
 * (there is no rehype-raw here, on purpose). `growing`: half-finished markup at the end is closed for the eye.
 */
export function SafeMarkdown({ text, growing }: { text: string; growing: boolean }): ReactNode {
  const heavy = useMemo(() => isTooHeavy(text), [text]);
  const formulas = useMemo(() => !heavy && !hasTooManyFormulas(text), [heavy, text]);
  const blocks = useMemo(() => (heavy ? [] : splitBlocks(text)), [heavy, text]);
  if (heavy || blocks.length > markdownLimits.blocks) return <Plain text={text} />;
  return (
    <div className={classes.prose} dir="auto">
      {blocks.map((block, at) => (
        // Blocks are only ever appended to, so the position is the identity.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={at} text={block} formulas={formulas} growing={growing && at === blocks.length - 1} />
      ))}
    </div>
  );
}

type PluggableList = NonNullable<Options['remarkPlugins']>;

const withoutFormulas: PluggableList = [remarkGfm];
const plugins: PluggableList = [remarkGfm, mathsPlugin];

/** These never become elements, whatever a plugin makes of the text. */
const forbidden = [
  'script',
  'style',
  'iframe',
  'object',
  'embed',
  'form',
  'video',
  'audio',
  'source',
  'link',
  'meta',
  'base',
  'svg',
  'math',
];

const components: Components = {
  a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  img: ({ src, alt }) => <ImageChip address={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  code: ({ className, children }) => <InlineCode className={className}>{children}</InlineCode>,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table scrolls, and has to by keyboard too
    <div className={classes.tableFrame} tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => <input type="checkbox" checked={checked === true} readOnly disabled aria-label={checked === true ? '☑' : '☐'} />,
};

type TextProps = { text: string; formulas: boolean; growing: boolean };

const Block = memo(function Block({ text, formulas, growing }: TextProps): ReactNode {
  if (isTangled(text)) return <Plain text={text} />;
  const part = partOf(text, growing);
  if (part.kind === 'code') return <Code code={part.code} language={part.language} growing={growing} />;
  return (
    <PlainOnFailure text={text}>
      {part.kind === 'list' ? (
        <List list={part} formulas={formulas} growing={growing} />
      ) : (
        <Formatted text={text} formulas={formulas} growing={growing} />
      )}
    </PlainOnFailure>
  );
});

function Formatted(props: TextProps): ReactNode {
  return <Growing value={props.growing}>{elementsOf(props, [])}</Growing>;
}

/** What the parser makes of a text. */
function elementsOf({ text, formulas, growing }: TextProps, more: PluggableList): ReactElement<{ children?: ReactNode }> {
  const marked = formulas ? markMaths(text, growing) : text;
  return Markdown({
    children: growing ? wholeTable(remend(marked, { links: true, images: true, katex: false })) : marked,
    remarkPlugins: [...(formulas ? plugins : withoutFormulas), ...more],
    components,
    disallowedElements: forbidden,
    urlTransform: keepUrl,
  }) as ReactElement<{ children?: ReactNode }>;
}

function List({ list, formulas, growing }: { list: ListPart; formulas: boolean; growing: boolean }): ReactNode {
  const items = list.groups.map((group, at) => (
    // As blocks: only the last one changes.
    // oxlint-disable-next-line react/no-array-index-key
    <Items key={at} text={group} formulas={formulas} growing={growing && at === list.groups.length - 1} loose={list.loose} />
  ));
  return list.ordered ? <ol {...(list.start === 1 ? {} : { start: list.start })}>{items}</ol> : <ul>{items}</ul>;
}

/** Some items of a list, which stands around them. */
const Items = memo(function Items({ loose, ...props }: TextProps & { loose: boolean }): ReactNode {
  const parsed = elementsOf(props, loose ? [standApart] : []);
  return (
    <Growing value={props.growing}>
      {Children.map(parsed.props.children, (element) => (isList(element) ? element.props.children : element))}
    </Growing>
  );
});

const isList = (node: ReactNode): node is ReactElement<{ children?: ReactNode }> =>
  isValidElement(node) && (node.type === 'ul' || node.type === 'ol');

/** The items of a list stand apart when any two of them do, though these may not. */
function standApart() {
  return (tree: { children: { type: string; spread?: boolean | null }[] }): void => {
    for (const child of tree.children) if (child.type === 'list') child.spread = true;
  };
}

/** Text as it is, in pieces: a megabyte that grows is not laid out again and again. */
function Plain({ text }: { text: string }): ReactNode {
  return (
    <pre className={classes.plain} dir="auto">
      {splitPlain(text).map((piece, at) => (
        // As blocks: only the last one changes.
        // oxlint-disable-next-line react/no-array-index-key
        <PlainPiece key={at} text={piece} />
      ))}
    </pre>
  );
}

const PlainPiece = memo(function PlainPiece({ text }: { text: string }): ReactNode {
  return <div className={classes.plainPiece}>{text.endsWith('\n') ? text.slice(0, -1) : text}</div>;
});

/** What no limit foresaw and the parser cannot take (it recurses) is drawn plain, and takes nothing else with it. */
class PlainOnFailure extends Component<{ text: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Plain text={this.props.text} /> : this.props.children;
  }
}

/** Image addresses are only shown, never loaded: keep them whole. Links pass the default filter first, then judgeLink. */
function keepUrl(url: string, key: string): string {
  return key === 'src' ? url : defaultUrlTransform(url);
}
