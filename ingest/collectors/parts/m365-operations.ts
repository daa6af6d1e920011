/** What Microsoft 365 operations are in our words ("Audit log activities", Microsoft Purview). */
import type { AccessClass, Action, Outcome } from '../../../core/types.ts';
import type { Json } from './json.ts';

export interface Act {
  readonly class: AccessClass;
  readonly action: Action;
}

const c = (action: Action): Act => ({ class: 'collaboration', action });
const identity = (action: Action): Act => ({ class: 'identity', action });
const admin = (action: Action): Act => ({ class: 'admin', action });

/** Operations by their exact name. A preview or a page shows; only a download, sync, copy or export carries away. */
const table: Readonly<Record<string, Act>> = Object.fromEntries(
  (
    [
      [
        c('read'),
        'FileAccessed FileAccessedExtended FilePreviewed FileVisited MailItemsAccessed MessageBind MessageRead',
      ],
      [c('read'), 'AnonymousLinkUsed SecureLinkUsed CompanyLinkUsed ListItemViewed AccessRequestCreated AccessDenied'],
      // A SharePoint page is mostly the view of a library: names are seen, no document is opened.
      [
        c('list'),
        'PageViewed PageViewedExtended PagePrefetched ListViewed FolderBrowsed ClientViewSignaled FolderBind',
      ],
      [c('list'), 'MessagesListed ChatRetrieved'],
      [c('download'), 'FileDownloaded FileSyncDownloadedFull FileSyncDownloadedPartial AttachmentAccess'],
      [c('copy'), 'FileCopied FolderCopied FileTranscriptDownloaded Copy'],
      [c('print'), 'FilePrinted'],
      [
        c('write'),
        'FileModified FileModifiedExtended FileSyncUploadedPartial FolderModified ListItemUpdated ListUpdated',
      ],
      [
        c('write'),
        'FileCheckedIn FileCheckedOut FileCheckOutDiscarded FileVersionRestored Update MessageUpdated Send SendAs',
      ],
      [c('write'), 'SendOnBehalf MessageSent FileRestored FolderRestored'],
      [
        c('create'),
        'FileUploaded FileSyncUploadedFull FolderCreated ListCreated ListItemCreated Create MessageCreated',
      ],
      [c('create'), 'ChatCreated ListColumnCreated SiteCollectionCreated TeamCreated ChannelAdded GroupCreation'],
      [c('delete'), 'FileRecycled FileDeleted FileDeletedFirstStageRecycleBin FileDeletedSecondStageRecycleBin'],
      [
        c('delete'),
        'FileVersionsAllDeleted FileVersionsAllMinorsRecycled FileVersionRecycled FolderRecycled FolderDeleted',
      ],
      [
        c('delete'),
        'FolderDeletedFirstStageRecycleBin FolderDeletedSecondStageRecycleBin ListItemDeleted ListItemRecycled',
      ],
      [c('delete'), 'HardDelete SoftDelete MoveToDeletedItems MessageDeleted TeamDeleted ChannelDeleted ListDeleted'],
      [c('rename'), 'FileRenamed FolderRenamed FileMoved FolderMoved Move'],
      [c('share'), 'SharingSet AnonymousLinkCreated AnonymousLinkUpdated SecureLinkCreated SecureLinkUpdated'],
      [
        c('share'),
        'CompanyLinkCreated SharingInvitationCreated SharingInvitationUpdated SharingInvitationAccepted AddedToSecureLink',
      ],
      [c('share'), 'AccessRequestApproved AccessInvitationCreated AccessInvitationAccepted'],
      [
        c('unshare'),
        'SharingRevoked AnonymousLinkRemoved SecureLinkDeleted CompanyLinkRemoved SharingInvitationRevoked',
      ],
      [c('unshare'), 'RemovedFromSecureLink SharingInvitationBlocked AccessInvitationRevoked'],
      [c('search'), 'SearchQueryPerformed SearchQueryInitiatedExchange SearchQueryInitiatedSharePoint'],
      [admin('read'), 'DLPRuleMatch DlpRuleMatch DLPRuleUndo DlpRuleUndo DLPInfo DlpInfo'],
      [admin('search'), 'SearchStarted SearchCreated SearchUpdated SearchPreviewed SearchViewed'],
      [admin('export'), 'SearchExported SearchExportDownloaded SearchResultsPurged ViewedSearchExported CaseExported'],
      [
        admin('grant'),
        'AddedToGroup MemberAdded MemberRoleChanged PermissionLevelAdded SiteCollectionAdminAdded SitePermissionsModified',
      ],
      [admin('grant'), 'ModifyFolderPermissions AddFolderPermissions Add-MailboxPermission Add-RecipientPermission'],
      [
        admin('grant'),
        'Add-MailboxFolderPermission SharingInheritanceBroken UpdateCalendarDelegation SiteAdminChangeRequest',
      ],
      [
        admin('revoke'),
        'RemovedFromGroup MemberRemoved PermissionLevelRemoved SiteCollectionAdminRemoved RemoveFolderPermissions',
      ],
      [
        admin('revoke'),
        'Remove-MailboxPermission Remove-RecipientPermission Remove-MailboxFolderPermission SharingInheritanceReset',
      ],
      [admin('audit_change'), 'Set-AdminAuditLogConfig Install-AdminAuditLogConfig Set-MailboxAuditBypassAssociation'],
      [
        admin('audit_change'),
        'New-UnifiedAuditLogRetentionPolicy Remove-UnifiedAuditLogRetentionPolicy Set-UnifiedAuditLogRetentionPolicy',
      ],
      [
        identity('login'),
        'UserLoggedIn UserLoginFailed MailboxLogin TeamsSessionStarted ForeignRealmIndexLogonInitialAuthUsingADFSFederatedToken',
      ],
      [identity('logout'), 'UserLoggedOut SignOut UserSignedOut'],
      [identity('configure'), 'UserStrongAuthClientAuthNRequired'],
    ] satisfies [Act, string][]
  ).flatMap(([act, names]) => names.split(' ').map((name): [string, Act] => [name, act])),
);

const configure = admin('configure');
const grant = admin('grant');
const revoke = admin('revoke');

/** Directory operations are sentences: "Add member to group.", "Remove app role assignment from user.". */
const granting =
  /^(?:Add|Consent)\b.*\b(?:member|owner|role|grant|permission|assignment|consent|eligible|application\.?$)/i;
const revoking = /^Remove\b.*\b(?:member|owner|role|grant|permission|assignment|eligible)/i;
const auditing = /audit/i;

function unlisted(operation: string): Act {
  if (operation.includes(' ')) {
    if (/^(?:Add|Delete|Update) (?:application|service principal|policy|device|user)\b/i.test(operation))
      return configure;
    if (revoking.test(operation)) return revoke;
    return granting.test(operation) ? grant : configure;
  }
  const dash = operation.indexOf('-');
  // Cmdlets: a Get shows settings, anything else changes them.
  if (dash > 0) return operation.startsWith('Get-') || operation.startsWith('Search-') ? admin('read') : configure;
  if (/^Search/.test(operation)) return admin('search');
  return /Viewed$|Accessed$/.test(operation) ? c('read') : configure;
}

/** Acts of names met before that the table does not list; bounded, since a name comes from a record. */
const met = new Map<string, Act>();
const metMax = 4_096;

export function operationOf(operation: string, json: Json): Act {
  const listed = Object.hasOwn(table, operation) ? table[operation] : undefined;
  if (listed !== undefined) return listed;
  // Turning off a mailbox's audit is done with an everyday cmdlet: its parameters tell.
  if (operation === 'Set-Mailbox' && auditing.test(JSON.stringify(json['Parameters'] ?? '')))
    return admin('audit_change');
  const known = met.get(operation);
  if (known !== undefined) return known;
  const act = unlisted(operation);
  if (met.size >= metMax) met.clear();
  met.set(operation, act);
  return act;
}

/** Data loss prevention, with either spelling. */
export const dlp = /^dlp/i;
const refused = new Set(['AccessDenied', 'AccessRequestCreated', 'SharingInvitationBlocked', 'AccessRequestRejected']);

/** The operation decides first: a `UserLoginFailed` comes with `ResultStatus: Success` from some tenants. Absent: success. */
export function outcomeOf(operation: string, json: Json): Outcome {
  if (operation === 'UserLoginFailed') return 'failure';
  if (refused.has(operation)) return 'denied';
  if (dlp.test(operation) && /BlockAccess/.test(JSON.stringify(json['PolicyDetails'] ?? ''))) return 'denied';
  const status = json['ResultStatus'];
  if (typeof status !== 'string' || status === '') return 'success';
  if (/^(?:fail|false|error)/i.test(status)) return 'failure';
  return /denied|unauthorized|forbidden|blocked/i.test(status) ? 'denied' : 'success';
}
