import { describe, expect, test } from '@jest/globals';
import { createAttributor } from '../../../core/directory/attributor.ts';
import type { Place } from '../../../core/types.ts';
import { writtenDirectory } from './written-directory.ts';

const directory = writtenDirectory(`
firm: { name: Hartwell Lane, time_zone: Europe/London }
clients:
  - id: acme
    name: Acme Holdings
    alias: C-1042
    resources:
      - { collector: samba, path: "/srv/clients/acme/**" }
      - { collector: windows-security, path: "**/Clients/1042 */**" }
      - { source: pg1, schema: cl_acme }
      - { source: pg1, table: shared.acme_ledger }
      - { collector: m365, site: "/sites/acme-*" }
      - { collector: m365, mailbox: "acme@hartwell.example" }
      - { collector: m365, group: "Acme *" }
      - { collector: slack, channel: "acme/*" }
  - id: globex
    name: Globex
    alias: C-2077
    resources:
      - { collector: samba, path: "/srv/clients/globex/**" }
      - { collector: samba, path: "/srv/clients/*/globex-share/**" }
      - { collector: windows-security, path: "**/Clients/2077 */**" }
      - { source: pg1, database: globex }
      - { collector: m365, site: "https://other.sharepoint.example/sites/globex" }
  - { id: tiny, name: Tiny, alias: C-7 }
  - { id: twin1, name: Twin One, alias: T-5555 }
  - { id: twin2, name: Twin Two, alias: U-5555 }
people:
  - { id: p1, name: Ana, accounts: { samba: achan, windows-security: ["HARTWELL\\\\achan", S-1-5-21-7], m365: Ana.Chan@hartwell.example } }
  - { id: p2, name: Bo, accounts: { "*": bo, fs2: root, samba: shared } }
  - { id: p3, name: Cy, accounts: { samba: [root, shared], windows-security: ["HARTWELL\\\\cy"] } }
  - { id: p4, name: Di, accounts: { windows-security: ["PARTNER\\\\cy"] } }
services:
  - { id: svc-backup, job: backup, accounts: { "*": svc-backup } }
`);

const on = (name: string, collector: string, caseless = false) =>
  createAttributor(directory, { name, collector, caseless });
const fs1 = on('fs1', 'samba');
const win = on('win3', 'windows-security', true);
const pg1 = on('pg1', 'pgaudit');
const m365 = on('m365', 'm365', true);

describe('whose data is', () => {
  test.each([
    ['a file', fs1, { path: '/srv/clients/acme/a/b.txt' }, 'acme', 'path'],
    ['the folder itself', fs1, { path: '/srv/clients/acme' }, 'acme', 'path'],
    ['a file of no client', fs1, { path: '/srv/clients/initech/a' }, '_unattributed', 'none'],
    ['a file in other capitals, where they count', fs1, { path: '/srv/clients/ACME/a' }, '_unattributed', 'none'],
    ['a file that two clients claim', fs1, { path: '/srv/clients/acme/globex-share/a' }, '_unattributed', 'ambiguous'],
    ['a Windows file in other capitals', win, { path: 'd:\\CLIENTS\\1042 Acme\\x.docx' }, 'acme', 'path'],
    ['a Windows client folder', win, { path: 'D:\\Clients\\2077 Globex' }, 'globex', 'path'],
    ['a schema', pg1, { database: 'practice', schema: 'cl_acme', table: 'ledger' }, 'acme', 'schema'],
    ['a table of a shared schema', pg1, { schema: 'shared', table: 'acme_ledger' }, 'acme', 'table'],
    ['a table that names its schema itself', pg1, { schema: 'x', table: 'shared.acme_ledger' }, 'acme', 'table'],
    ['another table of the shared schema', pg1, { schema: 'shared', table: 'rates' }, '_unattributed', 'none'],
    [
      "one client's schema in another's database",
      pg1,
      { database: 'globex', schema: 'cl_acme' },
      '_unattributed',
      'ambiguous',
    ],
    ['a schema of another source', on('pg2', 'pgaudit'), { schema: 'cl_acme' }, '_unattributed', 'none'],
    ['a site', m365, { site: 'https://hartwell.sharepoint.com/sites/Acme-Tax/' }, 'acme', 'site'],
    ['a site by its path', m365, { site: '/sites/acme-tax' }, 'acme', 'site'],
    ['a site below it', m365, { site: 'https://hartwell.sharepoint.com/sites/acme-tax/sub' }, 'acme', 'site'],
    ['a site whose address is encoded', m365, { site: 'https://h.example/sites/acme%2Dtax' }, 'acme', 'site'],
    ['a site that only begins so', m365, { site: 'https://h.example/sites/acmetax' }, '_unattributed', 'none'],
    [
      'a site on the one host that counts',
      m365,
      { site: 'https://other.sharepoint.example/sites/globex' },
      'globex',
      'site',
    ],
    ['a site on another host', m365, { site: 'https://hartwell.sharepoint.com/sites/globex' }, '_unattributed', 'none'],
    ['a mailbox', m365, { mailbox: 'ACME@hartwell.example' }, 'acme', 'mailbox'],
    ['a channel with a slash', on('s', 'slack'), { channel: 'acme/deal/x' }, 'acme', 'channel'],
    ['a group by pattern', m365, { group: 'acme partners' }, 'acme', 'group'],
    ['a group by alias', m365, { group: 'CL-2077-RW' }, 'globex', 'alias'],
    ['a group that only contains the digits', m365, { group: 'CL-20771-RW' }, '_unattributed', 'none'],
    ['a group that names two clients', m365, { group: 'CL-1042-2077' }, '_unattributed', 'ambiguous'],
    ['a group by a code too short to mean it', m365, { group: 'TEAM-7' }, '_unattributed', 'none'],
    ['a group by a code that two clients share', m365, { group: 'GRP-5555' }, '_unattributed', 'none'],
    ['a place that says nothing', m365, {}, '_unattributed', 'none'],
  ] as const)('%s', (_, source, place: Place, tenant, by) => {
    expect(source.tenantOf(place)).toEqual({ tenant, by });
    // Once more, from memory.
    expect(source.tenantOf(place)).toEqual({ tenant, by });
  });
});

describe('who is', () => {
  test.each([
    ['a login', fs1, 'achan', 'p1'],
    ['a login in other capitals', fs1, 'AChan', 'p1'],
    ['a login with a domain the directory does not give', fs1, 'HARTWELL\\achan', 'p1'],
    ['a Windows login', win, 'hartwell\\ACHAN', 'p1'],
    ['a Windows login without its domain', win, 'achan', 'p1'],
    ['a Windows login of another domain', win, 'FS3\\achan', undefined],
    ['a name that two domains have', win, 'cy', undefined],
    ['one of these with its domain', win, 'PARTNER\\cy', 'p4'],
    ['a SID', win, 'S-1-5-21-7', 'p1'],
    ['a mail address', m365, 'ana.chan@HARTWELL.example', 'p1'],
    ['a login valid everywhere', m365, 'bo', 'p2'],
    ["a source's own, before its collector's", on('fs2', 'samba'), 'root', 'p2'],
    ["the collector's, elsewhere", fs1, 'root', 'p3'],
    ['an account of two people', fs1, 'shared', undefined],
    ['nobody', fs1, 'anonymous', undefined],
    ['no login at all', fs1, '', undefined],
  ] as const)('%s', (_, source, account, actor) => {
    expect(source.personOf(account)?.actor).toBe(actor);
    expect(source.personOf(account)?.actor).toBe(actor);
  });

  test('a service is not a person', () => {
    expect(fs1.personOf('svc-backup')).toEqual({ actor: 'svc-backup', kind: 'service' });
    expect(fs1.personOf('achan')).toEqual({ actor: 'p1', kind: 'person' });
  });
});
