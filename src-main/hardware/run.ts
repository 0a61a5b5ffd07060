// Short looks at other programs: without a shell, bounded in time and output.
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';

/** What a program says about itself is a line or two. */
const maxBytes = 64 * 1024;

/**
 * What the program wrote to standard output, and to standard error.
 * @throws when it is missing, takes longer than `timeoutMs`, writes too much, or ends with another code than 0
 */
export function runBriefly(path: string, args: readonly string[], timeoutMs: number): Promise<{ out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxBytes,
      windowsHide: true,
      shell: false,
      cwd: tmpdir(),
      // words that can be read by a program
      env: { ...process.env, LC_ALL: 'C' },
      encoding: 'utf8',
    } as const;
    const child = execFile(path, [...args], options, (error, out, err) => {
      if (error === null) resolve({ out, err });
      else reject(new Error(`${path} failed: ${String(error.code ?? error.signal ?? 'unknown')}`));
    });
    child.stdin?.end();
  });
}
