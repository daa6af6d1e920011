import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { askForLink, listenForLinks } from '../../cli/control.ts';
import { folder } from '../helpers/folder.ts';

const link = (path: string) => `http://127.0.0.1:1/#enter=x&to=${path}`;

test('a link is asked of the running process, and the socket is its owner’s alone', async () => {
  using dir = folder();
  const server = await listenForLinks(dir.path, link);
  expect(await askForLink(dir.path, '/alerts/7')).toBe(link('/alerts/7'));
  expect(statSync(dir.file('control.sock')).mode & 0o777).toBe(0o600);
  server.close();
});

test('where nothing runs, the answer says what to start', async () => {
  using dir = folder();
  await expect(askForLink(dir.path, '/')).rejects.toMatchObject({ code: 'NOT_FOUND', message: /cordon start/ });
});

test('a socket that a killed process left behind is taken over', async () => {
  using dir = folder();
  const first = await listenForLinks(dir.path, link);
  const second = await listenForLinks(dir.path, (path) => `new ${path}`);
  expect(await askForLink(dir.path, '/')).toBe('new /');
  first.close();
  second.close();
});

test('who sends more than a question is cut off', async () => {
  using dir = folder();
  const server = await listenForLinks(dir.path, link);
  const connection = connect(dir.file('control.sock'));
  connection.on('error', () => undefined);
  connection.write('x'.repeat(5_000));
  await once(connection, 'close');
  expect(await askForLink(dir.path, '/')).toBe(link('/'));
  server.close();
});
