export type DownloadProgress = { received: number; total: number | null; bytesPerSecond: number; secondsLeft: number | null };
export declare class WrongDigest extends Error {}
export declare function download(options: {
  url: string;
  file: string;
  sha256: string;
  ca?: string | undefined;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  retryDelays?: readonly number[];
}): Promise<string>;
export declare function digestOf(file: string): Promise<string>;
export declare function progressLine(label: string, out?: NodeJS.WriteStream): (progress: DownloadProgress | null) => void;
export declare function wordProgress(progress: DownloadProgress): string;
