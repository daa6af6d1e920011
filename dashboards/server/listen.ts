/** Where the page is served, and under which names a browser may ask for it. */
import { Fault } from '../../core/errors.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, IPv6 in brackets. Throws CONFIG_INVALID. */
export function parseListen(text: string): Place {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) {
    throw new Fault('CONFIG_INVALID', `dashboard.listen: \`${text}\` is not host:port; write 127.0.0.1:8080`);
  }
  return { host: parts[1] ?? parts[2] ?? '', port };
}

/** Only this machine can reach it, so nobody listens on the way. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/**
 * The origins a browser may give. A name that some other site's DNS points at this address is not among them, which
 * is what stops DNS rebinding. Throws CONFIG_INVALID for a place that would carry the session in the clear.
 */
export function originsOf({ host, port }: Place, publicOrigin: string | undefined): readonly [string, ...string[]] {
  if (publicOrigin !== undefined) {
    const { origin, protocol } = new URL(publicOrigin);
    if (protocol === 'https:') return [origin];
    throw new Fault(
      'CONFIG_INVALID',
      `the dashboard's public address ${origin} is not https; sessions would be readable`,
    );
  }
  if (!isLoopback(host)) {
    throw new Fault(
      'CONFIG_INVALID',
      `dashboard.listen: ${host} is reachable from outside and the page has no TLS of its own; listen on 127.0.0.1, or put a TLS proxy before it and give its https address`,
    );
  }
  const literal = host === '::1' ? '[::1]' : host;
  return host === 'localhost' || host === '127.0.0.1'
    ? [`http://${host}:${port}`, `http://${host === 'localhost' ? '127.0.0.1' : 'localhost'}:${port}`]
    : [`http://${literal}:${port}`];
}
