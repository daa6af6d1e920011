/**
 * Which member of its consumer group a receiver was last. A group waits for one that was killed until its session is over, which
 * is seconds in which nobody receives anything; so whoever comes back says first that their former self has left.
 * (Static membership would say so too, and the client library has none.)
 */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KafkaConfig } from '../../core/kafka-config.ts';
import type { Log } from '../../core/log.ts';
import { writePrivately } from '../../core/write-whole.ts';
import { type Cluster, faultOf, leaveGroup } from './kafka.ts';

/** In the data folder of whoever receives, one for each cluster and group. */
export const memberFile = (dataDir: string, { brokers, group }: Pick<KafkaConfig, 'brokers' | 'group'>): string =>
  join(dataDir, 'kafka-members', hash('sha256', `${brokers.join()} ${group}`, 'hex').slice(0, 16));

export class Membership {
  readonly #file: string | undefined;
  #member: string | undefined;

  /** `file`: survives this process. Nobody else may use it at the same time. */
  constructor(file: string | undefined) {
    this.#file = file;
    try {
      this.#member = file === undefined ? undefined : readFileSync(file, 'utf8');
    } catch {
      // The first time.
    }
  }

  joinedAs(member: string): void {
    if (member === this.#member) return;
    this.#member = member;
    if (this.#file === undefined) return;
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    writePrivately(this.#file, member);
  }

  /** The cluster is connected, and nobody has joined by it yet. */
  async leaveFormer(cluster: Cluster, group: string, log: Log): Promise<void> {
    if (!this.#member) return;
    try {
      await leaveGroup(cluster, group, this.#member);
    } catch (error) {
      // It is no member any more, as a rule. Else its session ends by itself.
      const { about } = faultOf(error, 'leaving');
      log.debug({ group, ...about }, 'the former member had not to leave');
    }
  }
}
