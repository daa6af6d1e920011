/**
 * The process that becomes the ClickHouse server: node child.js PARENT-PID LIBRARY HOME QUERY. The call blocks for the
 * server's life, so it has a process of its own, which is ended with a signal.
 */
import { join } from 'node:path';
import { createExternalBuffer, DataType, load, open } from 'ffi-rs';
import { wallIn } from './wall.ts';

const prSetPdeathsig = 1;
const sigkill = 9;
/** The C library looks for its main thread's stack in maps, ClickHouse for its size in statm. */
const needed = ['/proc/self/maps', '/proc/self/statm', '/proc/meminfo'];
const resultBytes = 56;
/** launch.ts looks for it on stderr. */
const notWalled = 'NOT WALLED IN';

const [parent = '', library = '', home = '', query = ''] = process.argv.slice(2);

// prctl(2): the kernel kills this process when its parent dies, however the parent dies.
open({ library: 'c', path: 'libc.so.6' });
const { I32, I64, External, StringArray } = DataType;
const refused = load({
  library: 'c',
  funcName: 'prctl',
  retType: I32,
  paramsType: [I32, I64, I64, I64, I64],
  paramsValue: [prSetPdeathsig, sigkill, 0, 0, 0],
});
// Had the parent died before that call, nobody would ever send the signal.
if (refused !== 0 || process.ppid !== Number(parent)) process.exit(1);

open({ library: 'clickhouse', path: library });
const config = join(home, 'config.xml');
const walled = wallIn({
  whole: [join(home, 'data')],
  read: [config, join(home, 'users.xml'), '/dev/null', '/dev/urandom', ...needed],
});
process.stderr.write(walled ? '' : `${notWalled}\n`);
const args = ['clickhouse', `--config-file=${config}`, `--path=${join(home, 'data')}`, `--query=${query}`];
const result = load({
  library: 'clickhouse',
  funcName: 'query_stable_v2',
  retType: External,
  paramsType: [I32, StringArray],
  paramsValue: [args.length, args],
});
// It came back, so it failed. `struct local_result_v2` of chdb.h ends with a pointer to the reason.
const address = createExternalBuffer(result, resultBytes).readBigUInt64LE(resultBytes - 8);
const reason =
  address === 0n
    ? ''
    : load({
        library: 'c',
        funcName: 'strdup',
        retType: DataType.String,
        paramsType: [I64],
        paramsValue: [Number(address)],
      });
process.stderr.write(`${reason}\n`);
process.exit(1);
