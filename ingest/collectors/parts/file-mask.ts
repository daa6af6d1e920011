/** What an access mask asks of a file or folder ([MS-SMB2] section 2.2.13.1; Windows and Samba write the same bits). */
import type { Action } from '../../../core/types.ts';

const readData = 0x1;
const writeData = 0x2 | 0x4 | 0x10 | 0x100;
const readExtended = 0x8;
const execute = 0x20;
const deleteChild = 0x40;
const deletes = 0x1_0000;
const permissions = 0x4_0000 | 0x8_0000;
const synchronise = 0x10_0000;
const maximum = 0x200_0000;
const genericAll = 0x1000_0000;
const genericExecute = 0x2000_0000;
const genericWrite = 0x4000_0000;
const genericRead = 0x8000_0000;

/**
 * The strongest thing the mask asks for. `&` yields signed numbers here, so bits are only compared with zero.
 * - DELETE without SYNCHRONIZE is how DeleteFile opens, with it how MoveFile does: a rename.
 * - Reading data with SYNCHRONIZE and without extended attributes is how a folder is opened to be listed; Windows
 *   writes `File` as the type of folders too.
 * - Attributes alone show that a name exists: list.
 */
export function actionOfMask(mask: number, folder: boolean): Action {
  if ((mask & (writeData | genericWrite | genericAll)) !== 0) return folder ? 'create' : 'write';
  if ((mask & deletes) !== 0 && (mask & readData) === 0) return (mask & synchronise) !== 0 ? 'rename' : 'delete';
  if ((mask & permissions) !== 0) return 'grant';
  if ((mask & deleteChild) !== 0) return 'delete';
  if (folder) return 'list';
  if ((mask & readData) !== 0) return (mask & synchronise) !== 0 && (mask & readExtended) === 0 ? 'list' : 'read';
  return (mask & (execute | genericRead | genericExecute | maximum)) !== 0 ? 'read' : 'list';
}
