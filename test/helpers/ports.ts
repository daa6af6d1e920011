/** Ports for servers that cannot choose their own, and an address where nobody listens. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that the kernel gives to outgoing connections (ip_local_port_range, from 32768 unless changed): between two tests nobody
 * takes one by chance, and who asks whether somebody listens does not get itself for an answer.
 */
const [lowest, highest] = [15_000, 32_000];
const triesMax = 100;

/** So many in a row, free now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest));
    const ports = Array.from({ length: count }, (_, n) => first + n);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
  throw new Error(`no ${count} ports in a row are free between ${lowest} and ${highest}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
