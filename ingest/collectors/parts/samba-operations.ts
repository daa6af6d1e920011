/** The operations `vfs_full_audit` can log (its man page's list), and what each is in our words. */
import type { Action } from '../../../core/types.ts';

export interface Operation {
  readonly action: Action;
  readonly kind: string;
  /** How its arguments lie: a path alone; `r` or `w` and a path; two paths; create_file's own four; a path and an ACL. */
  readonly shape: 'path' | 'mode' | 'two' | 'create_file' | 'acl';
  /** Arguments after the path. */
  readonly after: number;
  /**
   * A run of reads and writes belongs to the open before it; an open begins a run. What ends a name belongs to the open that asked for
   * the right to, and to no other: that a document was read before it was renamed stays an access of its own.
   */
  readonly fold: 'opens' | 'joins' | 'ends' | undefined;
}

const one = (action: Action, kind = 'file'): Operation => ({ action, kind, shape: 'path', after: 0, fold: undefined });
const open: Operation = { action: 'read', kind: 'file', shape: 'mode', after: 0, fold: 'opens' };
const joins = (action: Action): Operation => ({ action, kind: 'file', shape: 'path', after: 0, fold: 'joins' });
const ends: Operation = { action: 'delete', kind: 'file', shape: 'path', after: 0, fold: 'ends' };
const renames: Operation = { action: 'rename', kind: 'file', shape: 'two', after: 0, fold: 'ends' };
const two = (action: Action): Operation => ({ action, kind: 'file', shape: 'two', after: 0, fold: undefined });
const grant = (after: number): Operation => ({ action: 'grant', kind: 'file', shape: 'path', after, fold: undefined });
const acl: Operation = { action: 'grant', kind: 'file', shape: 'acl', after: 0, fold: undefined };

/** Old names (`rename`, `unlink`) and new (`renameat`, `unlinkat`) alike: Samba changed them over the years. */
export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['create_file', { action: 'read', kind: 'file', shape: 'create_file', after: 0, fold: 'opens' }],
  ['open', open],
  ['openat', open],
  ['read', joins('read')],
  ['pread', joins('read')],
  ['pread_send', joins('read')],
  ['pread_recv', joins('read')],
  ['sendfile', joins('read')],
  ['write', joins('write')],
  ['pwrite', joins('write')],
  ['pwrite_send', joins('write')],
  ['pwrite_recv', joins('write')],
  ['recvfile', joins('write')],
  ['ftruncate', joins('write')],
  ['opendir', one('list', 'folder')],
  ['fdopendir', one('list', 'folder')],
  // A share's connection shows that it is there and what it is called, and no more.
  ['connect', one('list', 'share')],
  ['mkdir', one('create', 'folder')],
  ['mkdirat', one('create', 'folder')],
  ['rmdir', one('delete', 'folder')],
  ['mknod', one('create')],
  ['mknodat', one('create')],
  ['rename', renames],
  ['renameat', renames],
  ['link', two('copy')],
  ['linkat', two('copy')],
  ['symlink', two('create')],
  ['symlinkat', two('create')],
  ['unlink', ends],
  ['unlinkat', ends],
  ['chmod', grant(1)],
  ['fchmod', grant(1)],
  ['chown', grant(2)],
  ['fchown', grant(2)],
  ['lchown', grant(2)],
  // With full_audit:log_secdesc the new descriptor follows the path.
  ['set_nt_acl', acl],
  ['fset_nt_acl', acl],
  ['sys_acl_set_file', one('grant')],
  ['sys_acl_set_fd', one('grant')],
  ['chmod_acl', grant(1)],
  ['fchmod_acl', grant(1)],
  ['sys_acl_delete_def_file', one('revoke')],
  ['sys_acl_delete_def_fd', one('revoke')],
]);

/** Bookkeeping that happens beside every act above, or tells nothing of a client's data. */
export const ignored: ReadonlySet<string> = new Set(
  `disconnect disk_free get_quota set_quota get_shadow_copy_data statvfs fstatvfs fs_capabilities get_dfs_referrals
  create_dfs_pathat read_dfs_pathat readdir seekdir telldir rewinddir closedir freaddir_attr readdir_attr close lseek fsync
  fsync_send fsync_recv stat fstat lstat fstatat get_alloc_size chdir getwd ntimes fntimes fallocate lock kernel_flock
  filesystem_sharemode fcntl linux_setlease getlock readlink readlinkat realpath chflags fchflags file_id_create fs_file_id
  streaminfo fstreaminfo get_real_filename get_real_filename_at connectpath parent_pathname brl_lock_windows
  brl_unlock_windows brl_cancel_windows strict_lock strict_unlock strict_lock_check translate_name fsctl
  offload_read_send offload_read_recv offload_write_send offload_write_recv copy_chunk_send copy_chunk_recv
  get_compression fget_compression set_compression snap_check_path snap_create snap_delete get_dos_attributes
  get_dos_attributes_send get_dos_attributes_recv fget_dos_attributes set_dos_attributes fset_dos_attributes get_nt_acl
  get_nt_acl_at fget_nt_acl audit_file sys_acl_get_file sys_acl_get_fd sys_acl_blob_get_file sys_acl_blob_get_fd getxattr
  getxattrat_send getxattrat_recv fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr setxattr
  lsetxattr fsetxattr aio_force is_offline set_offline durable_cookie durable_disconnect durable_reconnect init_search_op
  openat_by_id`.split(/\s+/),
);
