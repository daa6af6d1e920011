/** Names for people, out of the directory; an id stands where it knows no better. */
import type { Directory } from '../../core/directory/directory.ts';
import { type Access, type ActorId, type TenantId, unattributed } from '../../core/types.ts';
import type { Named } from './api.ts';

export interface Names {
  actor(id: string): string;
  /** The actor's name, else the account, else `unknown`. */
  who(access: Pick<Access, 'actor' | 'account'>): string;
  role(id: string): string | undefined;
  /** `undefined`: no such client. */
  client(tenant: string): (Named & { readonly alias?: string | undefined }) | undefined;
}

export function namesOf({ people, services, clients }: Directory): Names {
  const person = (id: string) => people.get(id as ActorId);
  const service = (id: string) => services.get(id as ActorId);
  const actor = (id: string) => person(id)?.name ?? service(id)?.name ?? id;
  return {
    actor,
    who: ({ actor: id, account }) => (id === undefined ? (account ?? 'unknown') : actor(id)),
    role: (id) => person(id)?.role ?? service(id)?.job,
    client(tenant) {
      if (tenant === unattributed) return { id: tenant, name: 'no known client' };
      const found = clients.get(tenant as TenantId);
      return found && { id: found.id, name: found.name, alias: found.alias === found.id ? undefined : found.alias };
    },
  };
}
