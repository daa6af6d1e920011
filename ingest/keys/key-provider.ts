/** Where tenants' keys are kept: one small interface for files here and for key services elsewhere. */
import type { Unwrapper } from '../../core/envelope.ts';
import type { TenantId } from '../../core/types.ts';

export interface KeyProvider extends Unwrapper {
  /**
   * The data key wrapped by the tenant's newest key, in plain ASCII: what `unwrap` needs. Throws KEY_MISSING when the tenant
   * has no key here, KEY_UNREACHABLE when it may have one later.
   */
  wrap(tenant: TenantId, dataKey: Buffer, signal: AbortSignal): Promise<string>;
  /** Makes a newer key of the tenant; what the older ones wrapped stays readable. Its name, for a person. */
  rotate(tenant: TenantId, signal: AbortSignal): Promise<string>;
  /** Which key `wrap` would use, where that shows without asking anybody else; another answer means that it was rotated. */
  newest(tenant: TenantId): string | undefined;
}
