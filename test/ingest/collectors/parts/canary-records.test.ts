/** What the canary writes is what the collectors read, whatever a source's settings are. */
import { describe, expect, test } from '@jest/globals';
import { canaryRecords, canaryResources } from '../../../../ingest/collectors/parts/canary-records.ts';
import { type CollectorSettings, isReading } from '../../../../ingest/collector.ts';
import { collectors } from '../../../../ingest/collectors/index.ts';

const at = Date.parse('2026-07-04T09:15:02.345Z');
const plain: CollectorSettings = { timeZone: undefined, logLinePrefix: undefined, prefix: undefined };
const cases: [string, Partial<CollectorSettings>][] = [
  ['samba', {}],
  ['samba', { timeZone: 'America/Toronto' }],
  ['samba', { prefix: '%T|%U|%I|%m|%S' }],
  ['pgaudit', {}],
  ['pgaudit', { logLinePrefix: '%m [%p] %u@%d %h %a: ' }],
  ['pgaudit', { logLinePrefix: '%t %r %u %d ' }],
  ['windows-security', {}],
  ['m365', {}],
];

describe('a record made for a source', () => {
  test.each(cases)('of %s with %j is read as what was done', (name, settings) => {
    const collector = collectors.find((one) => one.name === name);
    const whole = { ...plain, ...settings };
    const raw = Buffer.from(canaryRecords[name]?.({ at, login: 'canary-0', client: 'canary' }, whole) ?? '');
    const framer = collector?.framing(whole)(0);
    const framed = framer ? [...framer.push(Buffer.concat([raw, Buffer.from('\n')])), ...framer.end()] : [];
    expect(framed.map((one) => one.raw.toString())).toEqual([raw.toString()]);
    const reading = collector?.open(whole).parse(raw.toString(), at);
    if (!isReading(reading)) throw new Error(`not read: ${JSON.stringify(reading)}`);
    expect(Math.abs(Number(new Date(reading.at)) - at)).toBeLessThan(1_000);
    expect(reading.account).toContain('canary-0');
    expect(reading.action).toBe(name === 'pgaudit' ? 'query' : 'read');
    expect(JSON.stringify(reading)).toContain('canary');
  });

  test.each(Object.keys(canaryRecords))('of %s lies in a client’s resources', (name) => {
    expect(canaryResources('fs1', name, 'canary')).toMatchObject({ source: 'fs1' });
    expect(collectors.map((one) => one.name)).toContain(name);
  });
});
