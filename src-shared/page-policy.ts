/**
 * The Content-Security-Policy of the window, wherever it is served: nothing is loaded from elsewhere, whatever an answer contains.
 * Inline styles are let in because the component library sets style attributes; scripts, frames, plugins, forms and everything remote are out.
 * @param connect what the page may open connections to: 'none' in the app (its ports are handed to it), its own origin in a browser
 */
export function contentSecurityPolicy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
