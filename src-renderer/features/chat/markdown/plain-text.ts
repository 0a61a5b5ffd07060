// An answer without its markup, for where Markdown means nothing: a mail, a form, a chat.
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { isTooHeavy } from './blocks.ts';
import { hasTooManyFormulas, markMaths, mathsPlugin } from './mark-maths.ts';

/** What is looked at of a node of the tree that remark makes (the mdast specification). */
type Node = {
  type: string;
  value?: string;
  children?: Node[];
  ordered?: boolean | null;
  start?: number | null;
  checked?: boolean | null;
  url?: string;
  alt?: string | null;
  identifier?: string;
};

/** Formulas stay TeX: `$…$` within a line, `$$` on lines of their own. What is too heavy to be drawn is handed out as it is. */
export function withoutMarkup(markdown: string): string {
  if (isTooHeavy(markdown)) return markdown;
  let tree: Node = { type: 'text', value: markdown };
  const take = () => (parsed: Node) => {
    tree = parsed;
  };
  // the parser that draws answers, asked for its tree alone
  if (hasTooManyFormulas(markdown)) Markdown({ children: markdown, remarkPlugins: [remarkGfm, take] });
  else Markdown({ children: markMaths(markdown, false), remarkPlugins: [remarkGfm, mathsPlugin, take] });
  return blocks(tree, '\n\n');
}

function blocks({ children = [] }: Node, between: string): string {
  return children
    .map(block)
    .filter((text) => text !== '')
    .join(between);
}

function block(node: Node): string {
  switch (node.type) {
    case 'list':
      return (node.children ?? []).map((item, at) => listed(item, node.ordered === true ? `${(node.start ?? 1) + at}. ` : '- ')).join('\n');
    case 'table':
      return (node.children ?? []).map((row) => (row.children ?? []).map(inline).join('\t')).join('\n');
    case 'blockquote':
      return blocks(node, '\n\n');
    case 'footnoteDefinition':
      return `[${node.identifier}] ${blocks(node, '\n')}`;
    case 'math':
      return `$$\n${node.value}\n$$`;
    case 'thematicBreak':
    case 'definition':
      return '';
    default:
      return inline(node);
  }
}

/** What goes over several lines stands beneath its first one. */
function listed(item: Node, mark: string): string {
  const done = item.checked == null ? '' : item.checked ? '☑ ' : '☐ ';
  return `${mark}${done}${blocks(item, '\n').replaceAll('\n', `\n${' '.repeat(mark.length)}`)}`;
}

function inline(node: Node): string {
  const within = (node.children ?? []).map(inline).join('');
  switch (node.type) {
    case 'break':
      return '\n';
    case 'link':
      return node.url === undefined || node.url === within || node.url === `mailto:${within}` ? within : `${within} (${node.url})`;
    case 'image':
      return node.alt ?? '';
    case 'inlineMath':
      return `$${node.value}$`;
    case 'footnoteReference':
      return `[${node.identifier}]`;
    default:
      return node.value ?? within;
  }
}
