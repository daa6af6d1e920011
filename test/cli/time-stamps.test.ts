/** Checkpoints stamped by a real authority (openssl): once a day, never in the way, and what the audit says of them. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { TimeStampKeeper } from '../../cli/time-stamps.ts';
import { loadConfig } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { folder } from '../helpers/folder.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { timeStamper } from '../helpers/time-stamper.ts';
import { rowsOf } from '../helpers/vault.ts';
import { type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(120_000);
const signal = AbortSignal.timeout(300_000);
const dayMs = 86_400_000;
const acme = tenantId('acme');

async function stamped(
  check: (world: {
    firm: VaultFirm;
    tsa: Awaited<ReturnType<typeof timeStamper>>;
    said: string[];
    /** A checkpoint, and a look whether it is to be stamped, so many days from now. */
    look(days: number): Promise<void>;
    stamps(): Promise<number[]>;
    audit(...args: string[]): ReturnType<typeof captured>;
    change(statement: string): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  using place = folder();
  await using tsa = await timeStamper(place.file('tsa'));
  const settings = `{ folder: ./witness, timestamp: { url: '${tsa.url}', ca_file: '${tsa.caFile}' } }`;
  using firm = vaultFirm({ acme: '' }, `checkpoints: ${settings}\n`);
  mkdirSync(firm.file('witness'));
  await using store = await openAt(firm.data, 'acme');
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say } as unknown as Log;
  const config = loadConfig(firm.file('cordon.yaml'));
  let now = Date.now();
  const maker = new CheckpointMaker({ config, log }, store);
  const keeper = new TimeStampKeeper({ config, log }, store, () => now);
  await check({
    firm,
    tsa,
    said,
    async look(days) {
      now = Date.now() + days * dayMs;
      await maker.make(acme, signal);
      await keeper.tick(signal);
    },
    async stamps() {
      const rows = await rowsOf<{ number: number }>(store, 'SELECT number FROM time_stamps ORDER BY number');
      return rows.map(({ number }) => Number(number));
    },
    audit: (...args) => captured(['audit-chain', '--tenant', 'acme', ...args], { cwd: firm.path, signal }),
    async change(statement) {
      const database = openSecrets(firm.data).databaseOf(acme);
      const answer = await askAs(firm.data, migrateUser)(statement.replaceAll('DB', database), { mutations_sync: '2' });
      expect(answer).toEqual({ ok: true, text: '' });
    },
  });
}

test('one checkpoint a day is stamped, in the store and at the witness, and the audit says when and by whom', () =>
  stamped(async ({ firm, tsa, said, look, stamps, audit }) => {
    for (const days of [0, 0.3, 1, 1.2, 2]) await look(days);
    expect(await stamps()).toEqual([0, 2, 4]);
    expect(tsa.requests()).toBe(3);
    expect(said).toEqual([]);
    const lines = readFileSync(firm.file('witness/acme.stamps.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([0, 2, 4]);
    expect(await audit()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^acme: whole: .*; stamped 3 times, the last at \S+Z by CN=tsa\n$/),
    });
  }));

test('an authority that is away, or lies, is logged and asked again; checkpoints go on', () =>
  stamped(async ({ tsa, said, look, stamps, audit }) => {
    tsa.answer(() => ({ status: 503, body: Buffer.from('later') }));
    await look(0);
    tsa.answer(() => ({ status: 200, body: Buffer.from('<html>') }));
    await look(0);
    expect(said).toEqual(['no time stamp', 'no time stamp']);
    expect(await stamps()).toEqual([]);
    tsa.answer(undefined);
    await look(0);
    expect(await stamps()).toEqual([2]);
    expect((await audit()).out).toContain('3 checkpoints');
  }));

test('a witness that was away gets what it missed', () =>
  stamped(async ({ firm, look }) => {
    await look(0);
    rmSync(firm.file('witness/acme.stamps.ndjson'));
    await look(1);
    expect(readFileSync(firm.file('witness/acme.stamps.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
  }));

test('checkpoints written anew with the vault’s own key are not those that were stamped', () =>
  stamped(async ({ firm, look, audit, change }) => {
    await look(0);
    rmSync(firm.file('witness/acme.ndjson'));
    await change('ALTER TABLE DB.checkpoints DELETE WHERE number >= 0');
    await look(0.1);
    const { code, out } = await audit();
    expect({ code, problems: out.split('\n').slice(1, -1) }).toEqual({
      code: 1,
      problems: expect.arrayContaining(['  checkpoint 0 was stamped, and is not there']),
    });
  }));

test('a stamp taken away is missed by the witness, and one of another authority is none', () =>
  stamped(async ({ firm, look, audit, change }) => {
    await look(0);
    expect(await audit('--tsa-ca', firm.file('nobody.pem'))).toMatchObject({ code: 2 });
    using place = folder();
    await using other = await timeStamper(place.file('other'));
    expect(await audit('--tsa-ca', other.caFile)).toMatchObject({
      code: 1,
      out: expect.stringContaining('checkpoint 0: the time stamp does not hold: '),
    });
    await change('ALTER TABLE DB.time_stamps DELETE WHERE number = 0');
    expect(await audit()).toMatchObject({
      code: 1,
      out: expect.stringContaining('the time stamp of checkpoint 0 is with the witness, and not in the store'),
    });
  }));
