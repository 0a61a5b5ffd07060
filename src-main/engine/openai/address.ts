// Where a server with the OpenAI API listens, as people write it.
import { Failure } from '../../../src-shared/failure.ts';

/**
 * The base URL without a slash at the end and without the /v1 that other programs want with it.
 * Fails with bad-address for anything but http(s), and for a name or a password in it: the address is shown.
 */
export function serverAddress(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Failure('bad-address', `${text.slice(0, 200)} is no address of a server with the OpenAI API.`);
  // A server bound to every interface is reached over loopback.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  return `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}
