// A picture as it is sent: decoded, made smaller where it is larger than models look at, and written anew, so that nothing else in the file
// (where it was taken, whose camera it was) goes along.
import { attachmentLimits } from '../../../../src-shared/attachment-limits.ts';
import { imageLimits } from '../../../../src-shared/image.ts';
import type { FileRefusal } from './file-kind.ts';

/** Tried in turn until one fits: a PNG keeps the edges of a screenshot's letters, a JPEG fits what a camera saw. */
const ways: readonly { type: string; quality?: number; scale: number }[] = [
  { type: 'image/png', scale: 1 },
  { type: 'image/jpeg', quality: 0.88, scale: 1 },
  { type: 'image/jpeg', quality: 0.75, scale: 1 },
  { type: 'image/jpeg', quality: 0.7, scale: 0.7 },
  { type: 'image/jpeg', quality: 0.6, scale: 0.4 },
];

/** @returns its bytes in base64 */
export async function readImage(file: Blob): Promise<{ data: string } | { refused: FileRefusal }> {
  const whole = await createImageBitmap(file).catch(() => null);
  if (whole === null) return { refused: 'image-broken' };
  try {
    if (whole.width * whole.height > attachmentLimits.pixels) return { refused: 'image-pixels' };
    const fit = Math.min(1, imageLimits.side / Math.max(whole.width, whole.height));
    for (const { scale, ...how } of ways) {
      const written = await drawn(whole, fit * scale).convertToBlob(how);
      if (written.size <= imageLimits.bytes) return { data: base64Of(new Uint8Array(await written.arrayBuffer())) };
    }
    return { refused: 'image-too-large' };
  } finally {
    whole.close();
  }
}

/** On white, since a JPEG has nothing behind its picture but black. */
function drawn(picture: ImageBitmap, scale: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function base64Of(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(pieces.join(''));
}
