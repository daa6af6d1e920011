/** A TCP way to a server that can be shut, or made to swallow answers: what a store looks like when it goes away. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type GateState = 'open' | 'shut' | 'swallows answers';

export async function gate(port: number) {
  let state: GateState = 'open';
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    if (state === 'shut') {
      from.destroy();
      return;
    }
    const to = connect(port, '127.0.0.1');
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        from.destroy();
        to.destroy();
      });
    }
    from.pipe(to);
    to.on('data', (chunk: Buffer) => {
      // The server has done its work; only nobody hears of it.
      if (state === 'swallows answers') from.destroy();
      else from.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set(next: GateState): void {
      state = next;
      if (next === 'shut') for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
