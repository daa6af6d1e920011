/** An address that is known before the server behind it is there, since a server's passwords follow from its address. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface Front {
  readonly url: string;
  /** Whoever connects from now on reaches this port. */
  to(port: number): void;
  close(): void;
}

export async function openFront(): Promise<Front> {
  let port = 0;
  const listener = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const)
      from.on('error', () => to.destroy()).pipe(to);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port: own } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    to(other) {
      port = other;
    },
    close: () => listener.close(),
  };
}
