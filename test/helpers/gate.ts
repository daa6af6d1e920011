/** A TCP way to a server that can be shut, or made to swallow answers: what a store looks like when it goes away. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The last: of every other insert. */
export type GateState = 'open' | 'shut' | 'swallows answers' | 'swallows some answers';

const isDone = (answer: Buffer): boolean => answer.toString('latin1', 0, 15).startsWith('HTTP/1.1 200');

export async function gate(port: number) {
  let state: GateState = 'open';
  let inserts = 0;
  let lost = 0;
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
    let isChosen = false;
    from.once('data', (chunk: Buffer) => {
      if (/INSERT(%20|\+| )/.test(chunk.toString('latin1', 0, 4_096))) isChosen = ++inserts % 2 === 1;
    });
    to.on('data', (chunk: Buffer) => {
      // The server has done its work; only nobody hears of it.
      const isLost = state === 'swallows answers' || (isChosen && state === 'swallows some answers');
      if (!isLost) from.write(chunk);
      else if (!from.destroyed) {
        if (isDone(chunk)) lost += 1;
        from.destroy();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Answers that were swallowed, and said that it is done. */
    lost: () => lost,
    inserts: () => inserts,
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
