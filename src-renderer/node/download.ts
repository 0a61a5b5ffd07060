/** Hands the person a file; the browser, or Electron's save dialog, asks where it goes. */
export function download(content: Blob, name: string, target: Window = window): void {
  const address = URL.createObjectURL(content);
  const anchor = target.document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  // The download has begun by then; the object is not needed any longer.
  target.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
