/** Run by launch.test.ts as a process of its own: holds a data folder and writes rows until it is killed. */
import { tenantId } from '../../../core/types.ts';
import { openAt } from '../../helpers/open-test-store.ts';

const acme = tenantId('acme');
const store = await openAt(process.argv[2] ?? '', acme);
for (let n = 0; ; n += 1) {
  const id = `${process.pid}${n}`.padStart(32, '0');
  const at = '2026-03-04T09:15:02.000Z';
  await store
    .client('land', acme)
    .insert({ table: 'accesses', format: 'JSONEachRow', values: [{ id, at, tenant: acme }] });
  process.stdout.write('taken\n');
}
