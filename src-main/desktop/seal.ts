// Seals with the system's key store. On Linux "basic_text" is a fixed password in the source of Chromium: no key store at all.
import { safeStorage } from 'electron';

type Async = {
  isAsyncEncryptionAvailable?: () => Promise<boolean>;
  encryptStringAsync?: (text: string) => Promise<Buffer>;
  decryptStringAsync?: (bytes: Buffer) => Promise<string | { result: string }>;
};

/** Whether a real key store is there. After the app is ready. */
export async function canSeal(): Promise<boolean> {
  if (process.platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())) return false;
  const store = safeStorage as typeof safeStorage & Async;
  return store.isAsyncEncryptionAvailable?.() ?? safeStorage.isEncryptionAvailable();
}

/** The asynchronous calls where this Electron has them (the others go in Electron 46). */
export async function seal(what: 'seal' | 'open', base64: string): Promise<string> {
  const store = safeStorage as typeof safeStorage & Async;
  if (what === 'seal') {
    const sealed = await (store.encryptStringAsync?.(base64) ?? safeStorage.encryptString(base64));
    return sealed.toString('base64');
  }
  const bytes = Buffer.from(base64, 'base64');
  const opened = await (store.decryptStringAsync?.(bytes) ?? safeStorage.decryptString(bytes));
  return typeof opened === 'string' ? opened : opened.result;
}
