import type { Page } from 'playwright';

export type TrayBitmap = { file: string; pictures: { size: number; png: Buffer }[] };
export function drawSvg(page: Page, svg: string, width: number, height?: number): Promise<Buffer>;
export function trayBitmaps(page: Page, folder: string): Promise<TrayBitmap[]>;
