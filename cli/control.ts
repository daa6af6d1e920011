/**
 * How a command talks to the running Cordon of the same data folder: a socket only its owner may open. One question a
 * connection: a path of the pages, answered by a link that opens it once.
 */
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';

const questionBytesMax = 4_096;
const answerMsMax = 5_000;
/** The size of sun_path less its end (unix(7)). */
const socketPathMax = 107;

const socketOf = (dataDir: string): string => join(dataDir, 'control.sock');

/** Answers until closed. Only the holder of the data folder may call this: it takes the place of a socket left behind. */
export async function listenForLinks(dataDir: string, linkTo: (path: string) => string): Promise<Server> {
  const path = socketOf(dataDir);
  if (Buffer.byteLength(path) > socketPathMax) {
    throw new Fault('CONFIG_INVALID', `the path of the data folder is too long for a socket: ${path}`);
  }
  rmSync(path, { force: true });
  const server = createServer((connection) => {
    let question = '';
    connection.setTimeout(answerMsMax, () => connection.destroy());
    connection.setEncoding('utf8');
    connection.on('error', () => connection.destroy());
    connection.on('data', (more: string) => {
      question += more;
      if (question.length > questionBytesMax) connection.destroy();
      else if (question.endsWith('\n')) connection.end(`${linkTo(question.trim())}\n`);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  server.unref();
  return server;
}

/** Throws NOT_FOUND when no Cordon that serves pages runs on this data folder. */
export async function askForLink(dataDir: string, path: string): Promise<string> {
  const connection = connect(socketOf(dataDir));
  connection.setTimeout(answerMsMax, () => connection.destroy());
  connection.setEncoding('utf8');
  try {
    await once(connection, 'connect');
    connection.write(`${path}\n`);
    let answer = '';
    for await (const more of connection) answer += more;
    if (answer.trim() !== '') return answer.trim();
  } catch (error) {
    const nobody = `no Cordon that serves pages runs on ${dataDir}; start one with \`cordon start\``;
    throw new Fault('NOT_FOUND', nobody, {}, error);
  }
  throw new Fault('NOT_FOUND', `the running Cordon gave no link to ${path}`);
}
