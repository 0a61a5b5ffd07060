// Below a libp2p connection.
import type { Connection, MultiaddrConnection } from '@libp2p/interface';

/** The TCP connection under a libp2p connection, which its type hides. */
export function transportOf(connection: Connection): MultiaddrConnection {
  const { maConn } = connection as unknown as { maConn?: MultiaddrConnection };
  if (maConn === undefined) throw new Error('this libp2p hides its transport in another way');
  return maConn;
}
