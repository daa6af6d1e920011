/** The list of collectors: one line each. */
import type { Collector } from '../collector.ts';
import { m365 } from './m365.ts';
import { pgaudit } from './pgaudit.ts';
import { samba } from './samba.ts';
import { windowsSecurity } from './windows-security.ts';

export const collectors: readonly Collector[] = [m365, pgaudit, samba, windowsSecurity];
