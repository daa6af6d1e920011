/** Needs ../shared/conformance beside the checkout: Microsoft 365 records with the parse of Elastic, SEKOIA and a real tenant's export. */
import { expect, test } from '@jest/globals';
import type { Action } from '../../core/types.ts';
import { Unreadable } from '../../ingest/collector.ts';
import { describeWithShared } from '../helpers/shared.ts';
import { agree, type Comparing, noAgreement, parse, type Sample, samplesOf } from './samples.ts';

/** What Microsoft's own descriptions of these operations say was done, in our words; independent of the collector's table. */
const meaning: readonly [RegExp, Action][] = [
  [/^(FileAccessed|FilePreviewed|FileVisited|MailItemsAccessed|SecureLinkUsed)$/, 'read'],
  [/^(FileDownloaded|FileSyncDownloadedFull)$/, 'download'],
  [/^(PageViewed|ListViewed)$/, 'list'],
  [/^File(Uploaded)$/, 'create'],
  [/^FileModified(Extended)?$/, 'write'],
  [/^(HardDelete|SoftDelete|MoveToDeletedItems|FileVersionsAllDeleted)$/, 'delete'],
  [/^(SharingSet|AnonymousLinkCreated)$/, 'share'],
  [/^User(LoggedIn|LoginFailed)$/, 'login'],
  [/^Add member to (group|role)\.$/, 'grant'],
  [/^(Add-MailboxPermission|MemberAdded|SiteCollectionAdminAdded|AddedToGroup)$/, 'grant'],
  [/^(SiteCollectionAdminRemoved)$/, 'revoke'],
  [/^(Update user\.|New-InboxRule|Set-TransportConfig)$/, 'configure'],
  [/^Set-AdminAuditLogConfig$/, 'audit_change'],
];

const operationOf = (sample: Sample) => String(sample.expected.action ?? '');

const comparing: Comparing = {
  time: true,
  src_ip: true,
  object_type: true,
  // SEKOIA takes the person an alert is about, and cuts the prefix of a guest; we keep the account as recorded.
  actor: (expected: string, { account = '' }, { expected: { actor_alt = [] }, raw }) =>
    [expected, ...actor_alt].includes(account) ||
    account === 'SecurityComplianceAlerts' ||
    (raw.includes('urn:spo:guest#') && account.endsWith(`#${expected}`)),
  // An access request is asked for after a refusal: the request succeeds, the access was denied.
  outcome: (expected: string, { outcome }, sample) =>
    operationOf(sample) === 'AccessRequestCreated'
      ? outcome === 'denied'
      : (expected === 'success') === (outcome === 'success'),
  // Threat detections name files and links where no client's object is.
  object: (expected: string, { object, app }) => object === expected || app === 'ThreatIntelligence',
  // One reference takes the mail program instead of the service.
  app: (expected: string, { app }) => app === expected || expected === 'OUTLOOK.EXE',
};

/** Fragments that test a reference's addresses and have no Operation, and one whose address is a note: `[CORRECTIPV4 (…)]`. */
const apart = (sample: Sample) =>
  sample.class === 'invalid_json' || !/"Operation"\s*:/.test(sample.raw) || sample.raw.includes('[CORRECTIPV4');

describeWithShared('Microsoft 365 samples', () => {
  const samples = samplesOf('el_o365_audit', 'sek_o365', 'm365_invictus_ual');

  test('agree with the references in every field these state', () => {
    const agreement = noAgreement();
    for (const sample of samples) if (!apart(sample)) agree(agreement, sample, parse('m365', sample.raw), comparing);
    expect(agreement.disagreements).toEqual([]);
    expect(agreement.samples).toBeGreaterThanOrEqual(1_880);
    expect(agreement.fields).toBeGreaterThanOrEqual(4_380);
  });

  test('are the actions that their operations describe', () => {
    let asserted = 0;
    for (const sample of samples) {
      const meant = meaning.find(([pattern]) => pattern.test(operationOf(sample)));
      if (meant === undefined) continue;
      expect([operationOf(sample), parse('m365', sample.raw)]).toEqual([
        operationOf(sample),
        expect.objectContaining({ action: meant[1] }),
      ]);
      asserted += 1;
    }
    expect(asserted).toBeGreaterThanOrEqual(600);
  });

  test('that are broken are unreadable, and none throws', () => {
    for (const sample of samples.filter(apart)) {
      const parsed = parse('m365', sample.raw);
      if (!sample.raw.includes('[CORRECTIPV4')) expect(parsed).toBeInstanceOf(Unreadable);
    }
  });
});
