/** Where the window's page lives in the app; ports are handed to nobody else. */
export const pageOrigin = 'app://axon';
export const pageUrl = `${pageOrigin}/index.html`;

/**
 * The Content-Security-Policy of the window, wherever it is served: nothing is loaded from elsewhere, whatever an answer contains.
 * Inline scripts and styles are out too: the page sets styles by script, and its theme is a style sheet of its own (ui/theme.ts). Texts
 * cannot become scripts or markup by any sink of the DOM (trusted types); the one policy that there is lets the address of the worker that
 * reads files pass, and no other (features/chat/attach/read-file.ts).
 * @param connect what the page may open connections to: 'none' in the app (its ports are handed to it), its own origin in a browser
 */
export function contentSecurityPolicy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types axon-worker',
  ].join('; ');
}
