/** The list of verbs: one line each. A verb's file is loaded when it is called, so that none pays for all. */
import type { Command } from './command.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const verb = (name: string, summary: string, load: Verb['load']): Verb => ({ name, summary, load });

export const verbs: readonly Verb[] = [
  verb('parse', 'records in, accesses out, without a store', async () => (await import('./parse.ts')).parse),
  verb('import', 'history into the store', async () => (await import('./import.ts')).importVerb),
  verb('rejects', 'records no collector could read', async () => (await import('./rejects.ts')).rejects),
  verb(
    'collectors',
    'the record formats that can be read',
    async () => (await import('./collectors.ts')).collectorsVerb,
  ),
  verb(
    'directory',
    'check who is who: clients, people, their accounts',
    async () => (await import('./directory.ts')).directory,
  ),
  verb(
    'facts',
    'import what was so and when: assignments, tickets, leave',
    async () => (await import('./facts.ts')).facts,
  ),
  verb('judge', 'judge what is stored', async () => (await import('./judge.ts')).judge),
  verb(
    'alerts',
    'what the judge said, one line for each actor and day',
    async () => (await import('./alerts.ts')).alerts,
  ),
  verb('detectors', 'what is looked for, and how', async () => (await import('./detectors.ts')).detectorsVerb),
];
