/**
 * The process that becomes the ClickHouse server: node child.js PARENT-PID LIBRARY ARGUMENTS… The call blocks for the
 * server's life, so it has a process of its own, which is ended with a signal.
 */
import { DataType, load, open } from 'ffi-rs';

const prSetPdeathsig = 1;
const sigkill = 9;

const [parent = '', library = '', ...args] = process.argv.slice(2);

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
load({
  library: 'clickhouse',
  funcName: 'query_stable_v2',
  retType: External,
  paramsType: [I32, StringArray],
  paramsValue: [args.length, args],
});
process.exit(0);
