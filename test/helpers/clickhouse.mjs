/**
 * `clickhouse server --config-file=FILE` out of the npm package. The library opens a port by a statement, so whoever starts it needs a
 * user that may do that, in a users.d/ beside the users' file; and it opens no HTTPS, so that is done here, with the configured certificate.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { DataType, load, open } from 'ffi-rs';

const [, file = ''] = /^--config-file=(.+)$/.exec(process.argv[3] ?? '') ?? [];
const config = readFileSync(file, 'utf8');
const inside = (tag) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(config)?.[1] ?? '';
const port = Number(inside('https_port'));
const behind = port + 1;

if (process.argv[4] === 'serve') serve();
else front();

function front() {
  const users = join(dirname(/<users_xml><path>([^<]+)/.exec(config)?.[1] ?? ''), 'users.d');
  mkdirSync(users, { recursive: true });
  writeFileSync(
    join(users, 'start.xml'),
    `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password></password>
<profile>default</profile><quota>default</quota><networks><ip>::1</ip></networks>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default></users></clickhouse>`,
  );
  const plain = `<clickhouse><https_port remove="remove"/><http_port>${behind}</http_port></clickhouse>`;
  writeFileSync(join(dirname(file), 'config.d/plain.xml'), plain);
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2), 'serve'], {
    stdio: 'inherit',
  });
  server.once('exit', () => process.exit(1));
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.once(signal, () => {
      server.kill('SIGKILL');
      process.exit(0);
    });
  const secrets = { cert: readFileSync(inside('certificateFile')), key: readFileSync(inside('privateKeyFile')) };
  createServer(secrets, (outer) => {
    const inner = connect(behind, '127.0.0.1');
    outer.pipe(inner).pipe(outer);
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ])
      one.on('error', () => other.destroy());
  }).listen(port, '127.0.0.1');
}

function serve() {
  const { resolve } = createRequire(import.meta.url);
  open({ library: 'clickhouse', path: join(dirname(resolve('@chdb/lib-linux-x64-gnu/package.json')), 'libchdb.so') });
  const query = `SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM numbers(100000)
    SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 3000000 FORMAT Null`;
  const args = ['clickhouse', `--config-file=${file}`, `--path=${inside('path')}`, `--query=${query}`];
  load({
    library: 'clickhouse',
    funcName: 'query_stable_v2',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [args.length, args],
  });
}
