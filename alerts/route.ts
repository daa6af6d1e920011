/** Which address gets which alert. */
import { type Candidate, compareSeverity, type Severity } from '../core/alert.ts';

/** As in `alerts.routes` of cordon.yaml; what is absent excludes nothing. */
export interface Route {
  readonly to: readonly string[];
  readonly tenants?: readonly string[] | undefined;
  readonly severity_at_least?: Severity | undefined;
}

/**
 * Every route that fits adds its addresses; each address once, in the order of the routes. A route for some tenants
 * gets an alert that touches any of them. `otherwise` (`mail.to`) gets what no route names. Empty: nobody is to be told,
 * which the caller must say aloud.
 */
export function route(candidate: Candidate, routes: readonly Route[], otherwise: readonly string[] = []): string[] {
  const to = new Map<string, string>();
  for (const { to: addresses, tenants, severity_at_least } of routes) {
    if (tenants && !candidate.tenants.some((tenant) => tenants.includes(tenant))) continue;
    if (severity_at_least && compareSeverity(candidate.severity, severity_at_least) < 0) continue;
    for (const address of addresses) if (!to.has(address.toLowerCase())) to.set(address.toLowerCase(), address);
  }
  return to.size > 0 ? [...to.values()] : [...otherwise];
}
