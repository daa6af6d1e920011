/**
 * How far each leased partition goes, looked up now and then by one request to each broker: so that what comes is known before it is
 * fetched, and how fast it comes.
 */
import type { Log } from '../../core/log.ts';
import type { Instant } from '../../core/types.ts';
import { type Cluster, faultOf } from './kafka.ts';
import type { LeasedPartition } from './leased-partition.ts';

export const lookEveryMs = 1_000;

export interface Sight {
  /** Messages that came to the brokers since the last look. */
  readonly came: number;
  /** Partitions of which something lies there or is under way. */
  readonly partitions: number;
}

export class Lookout {
  readonly #leases: ReadonlyMap<string, LeasedPartition>;
  readonly #log: Log;
  #leftAt: Instant = 0;
  #isLooking = false;

  /** `leases`: by topic and partition, with a space between them. */
  constructor(leases: ReadonlyMap<string, LeasedPartition>, log: Log) {
    this.#leases = leases;
    this.#log = log;
  }

  /** A fetch left something where it lay. */
  left(now: Instant): void {
    this.#leftAt = now;
  }

  /**
   * `isOpen`: fetching goes on from all partitions. `stands`: whether the leases are still those of a moment ago. `undefined`: nothing was
   * seen; it is looked again.
   */
  async look(cluster: Cluster, isOpen: boolean, stands: () => boolean): Promise<Sight | undefined> {
    const leases = [...this.#leases].filter(([, { leased }]) => leased);
    if (this.#isLooking || leases.length === 0) return undefined;
    this.#isLooking = true;
    try {
      const ends = await endsOf(
        cluster,
        leases.map(([name]) => name),
      );
      if (!stands()) return undefined;
      const now = Date.now();
      // While all there is gets fetched, what lay there a look ago would have come.
      const wouldHaveCome = isOpen && now - this.#leftAt > 2 * lookEveryMs;
      let came = 0;
      let partitions = 0;
      for (const [name, lease] of leases) {
        const end = ends.get(name);
        if (end !== undefined) came += lease.looked(end, now, wouldHaveCome);
        if (lease.waiting > 0 || !lease.empty) partitions += 1;
      }
      return { came, partitions };
    } catch (error) {
      const { code, about } = faultOf(error, 'looking how far the partitions go');
      this.#log.debug({ code, ...about }, 'the ends of the partitions did not come');
      return undefined;
    } finally {
      this.#isLooking = false;
    }
  }
}

async function endsOf(cluster: Cluster, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const asked = names.map((name) => {
    const { topic, partition } = topicAndPartition(name);
    return { topic, partitions: [{ partition }], fromBeginning: false };
  });
  const ends = new Map<string, number>();
  for (const { topic, partitions } of await cluster.fetchTopicsOffset(asked))
    for (const { partition, offset } of partitions) ends.set(`${topic} ${partition}`, Number(offset));
  return ends;
}

export function topicAndPartition(name: string): { topic: string; partition: number } {
  const [topic = '', partition] = name.split(' ');
  return { topic, partition: Number(partition) };
}
