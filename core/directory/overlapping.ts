/** Two clients' patterns that match the same object: what lies there is neither's, until one of them is narrowed. */
import { namePattern, sitePattern } from './attributor.ts';
import type { Problem, Surroundings } from './check.ts';

import type { Listing } from './listing.ts';
import { type GlobParts, overlapOf, partsOf } from './overlap.ts';
import { type Resource, resourceOf } from './resource.ts';

/** Beyond this there is something wrong with the patterns as such, not with this or that one. */
const overlapsMax = 1_000;

interface Placed {
  readonly client: string;
  readonly resource: Resource;
  /** As attribution reads it. */
  readonly parts: GlobParts;
  readonly where: string;
}

export function overlaps(listing: Listing, { sources, collectors }: Surroundings): Problem[] {
  const collectorOf = ({ source, collector }: Resource) => collector ?? sources?.get(source ?? '')?.collector;
  const caseless = new Map(collectors.map((collector) => [collector.name, collector.caseless]));
  const placed = listing.clients.flatMap(({ entry, where }) =>
    entry.resources.map((written, index): Placed => {
      const resource = resourceOf(written);
      const parts = partsOf(patternOf(resource), caseless.get(collectorOf(resource) ?? '') ?? false);
      return { client: entry.id, resource, parts, where: where('resources', index, resource.kind) };
    }),
  );
  const problems: Problem[] = [];
  for (const group of groupsOf(placed, collectorOf)) {
    for (const [index, one] of group.entries()) {
      for (const other of group.slice(0, index)) {
        if (one.client === other.client || problems.length >= overlapsMax) continue;
        if (differentSources(one.resource, other.resource)) continue;
        const witness = overlapOf(one.parts, other.parts);
        if (witness === undefined) continue;
        problems.push({
          level: 'error',
          where: one.where,
          message:
            `\`${one.resource.pattern}\` (${one.client}) and \`${other.resource.pattern}\` (${other.client}, ` +
            `${other.where}) both match \`${shown(witness, one.resource, other.resource)}\`; what lies there would be neither's`,
        });
      }
    }
  }
  return problems;
}

/** Only patterns of one kind that can concern one source's records are compared. */
function groupsOf(
  placed: readonly Placed[],
  collectorOf: (resource: Resource) => string | undefined,
): Iterable<Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const one of placed) {
    const key = `${one.resource.kind} ${collectorOf(one.resource) ?? `of ${one.resource.source}`}`;
    const group = groups.get(key) ?? [];
    group.push(one);
    groups.set(key, group);
  }
  return groups.values();
}

const differentSources = (a: Resource, b: Resource): boolean =>
  a.source !== undefined && b.source !== undefined && a.source !== b.source;

function patternOf({ kind, pattern }: Resource): string {
  if (kind === 'path') return pattern;
  return kind === 'site' ? sitePattern(pattern) : namePattern(pattern);
}

/** The witness as a source would write it. */
function shown(witness: string, ...[one, other]: readonly [Resource, Resource]): string {
  if (one.kind === 'site') return witness.slice(witness.indexOf('/'));
  if (one.kind !== 'path') return witness.replaceAll('\u0001', '/');
  return one.pattern.startsWith('/') || other.pattern.startsWith('/') ? `/${witness}` : witness;
}
