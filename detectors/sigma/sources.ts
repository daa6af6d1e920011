/** Sigma's log sources and fields, as the collectors here have them. docs/rules.md prints the same table. */
import { nearest } from '../../core/nearest.ts';

export interface LogSource {
  readonly collector: string;
  /** What a record of it may be asked, beside the access's own fields (`access.action` and the like). */
  readonly fields: readonly string[];
  /** Fields that name who acted. */
  readonly actor: readonly string[];
  /** Also this must be so: a service is a part of a log. */
  readonly only?: readonly [field: string, value: string];
}

const windowsFields =
  `EventID Channel Computer ComputerName Provider_Name SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId
  ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName TransactionId AccessList AccessMask AccessReason
  PrivilegeList RestrictedSidCount ResourceAttributes ShareName ShareLocalPath RelativeTargetName IpAddress IpPort Keywords`.split(
    /\s+/,
  );
/** Of the Unified Audit Log; SigmaHQ's `eventName` and `eventSource` are its Operation and Workload. */
const m365Fields =
  `Operation UserId UserKey UserType Workload RecordType ResultStatus ObjectId ClientIP ClientIPAddress ActorIpAddress
  UserAgent AppId ApplicationId ApplicationDisplayName OrganizationId EventSource ItemType SiteUrl Site SourceFileName SourceFileExtension
  SourceRelativeUrl DestinationFileName DestinationFileExtension DestinationRelativeUrl TargetUserOrGroupName TargetUserOrGroupType
  MailboxOwnerUPN LogonType ExternalAccess OriginatingServer ClientInfoString SessionId Parameters ModifiedProperties ExtendedProperties
  Actor Target TeamName ChannelName SearchQueryText FileSizeBytes DeviceDisplayName Subject Folder DestFolder Item AffectedItems
  eventName eventSource`.split(/\s+/);
const pgFields = 'user database client_ip application_name object_name object_type rows statement'.split(' ');
const sambaFields = 'user client_ip host path operation'.split(' ');

const accessFields =
  `id tenant source class action outcome actor account actor_kind object object_kind object_to ip country host app
  session bytes rows count`
    .split(/\s+/)
    .map((name) => `access.${name}`);

/** Event ids that the collector reads; others never arrive. */
export const windowsEvents: readonly number[] = [1102, 4656, 4660, 4663, 4670, 5140, 5145];

const windows: LogSource = {
  collector: 'windows-security',
  fields: windowsFields,
  actor: ['SubjectUserName', 'SubjectUserSid', 'SubjectLogonId'],
};
const m365: LogSource = { collector: 'm365', fields: m365Fields, actor: ['UserId', 'UserKey', 'Actor'] };
const workload = (value: string): LogSource => ({ ...m365, only: ['Workload', value] });
const pgaudit: LogSource = { collector: 'pgaudit', fields: pgFields, actor: ['user'] };
const samba: LogSource = { collector: 'samba', fields: sambaFields, actor: ['user'] };

const services: Readonly<Record<string, LogSource>> = {
  'windows/security': windows,
  'm365/audit': m365,
  'm365/': m365,
  'm365/exchange': workload('Exchange'),
  'm365/sharepoint': workload('SharePoint'),
  'm365/onedrive': workload('OneDrive'),
  'm365/teams': workload('MicrosoftTeams'),
  'm365/azureactivedirectory': workload('AzureActiveDirectory'),
  'm365/threat_management': workload('SecurityComplianceCenter'),
  'postgresql/': pgaudit,
  'postgresql/pgaudit': pgaudit,
  'linux/samba': samba,
  'linux/smbd': samba,
  'samba/': samba,
};

const logSourcesKnown = Object.keys(services);

/** `category` narrows to kinds of logs that are not collected, except databases, where there is one. */
export function logSourceOf(given: Readonly<Record<string, unknown>>): LogSource | string {
  const { product = '', service = '', category } = given;
  if (category !== undefined && !(category === 'database' && product === 'postgresql'))
    return `logsource.category \`${String(category)}\` is not collected here`;
  const key = `${String(product)}/${String(service)}`;
  const found = services[key];
  if (found) return found;
  const near = nearest(key, logSourcesKnown);
  const list = logSourcesKnown.map((name) => name.replace(/\/$/, '')).join(', ');
  return `logsource ${key} is not collected here; ${near ? `did you mean \`${near}\`?` : `known: ${list}`}`;
}

/** A field the source has, or a sentence. */
export function fieldKnown(field: string, { collector, fields }: LogSource): true | string {
  if (fields.includes(field) || accessFields.includes(field)) return true;
  const near = nearest(field, [...fields, ...accessFields]);
  return `${collector} records have no field \`${field}\`${near ? `; did you mean \`${near}\`?` : '; docs/rules.md lists those they have'}`;
}
