/**
 * Sockets to the brokers. The client library cuts `host:port` at the first colon, so the address in `[fd00::1]:9093` has to
 * go through it in another form; here it comes out again.
 */
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** As the library's own. */
const keepAliveMs = 60_000;

/** What the library's `socketFactory` is called with. */
interface Wanted {
  readonly host: string;
  readonly port: number;
  /** Absent without TLS, whatever the library's types say. */
  readonly ssl: ConnectionOptions | undefined;
  readonly onConnect: () => void;
}

/** One entry of `brokers` as the library can cut it: `[fd00::1]:9093` with `;` for the colons of the address. */
export const throughLibrary = (broker: string): string =>
  broker.replace(/^\[[^\]]*\]/, (address) => address.replaceAll(':', ';'));

/** The name or address itself: brokers write their own with brackets or without. */
export const hostOf = (host: string): string =>
  host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1).replaceAll(';', ':') : host;

export function brokerSocket({ host: written, port, ssl, onConnect }: Wanted): Socket {
  const host = hostOf(written);
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}
