/** The list of verbs: one line each. A verb's file is loaded when it is called, so that none pays for all. */
import type { Command } from './command.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const verb = (name: string, summary: string, load: Verb['load']): Verb => ({ name, summary, load });

/** In the order in which a newcomer meets them. */
export const verbs: readonly Verb[] = [
  verb('demo', 'an invented firm through the real pipeline', async () => (await import('./demo.ts')).demo),
  verb('start', 'collect, land, judge, alert and serve', async () => (await import('./start.ts')).start),
  verb('open', 'a link into the pages that are served', async () => (await import('./open.ts')).openVerb),
  verb('collectors', 'the formats that can be read', async () => (await import('./collectors.ts')).collectorsVerb),
  verb('parse', 'records in, accesses out, without a store', async () => (await import('./parse.ts')).parse),
  verb('directory', 'check who is who', async () => (await import('./directory.ts')).directory),
  verb('facts', 'import assignments, tickets, leave', async () => (await import('./facts.ts')).facts),
  verb('import', 'history into the store', async () => (await import('./import.ts')).importVerb),
  verb('rejects', 'records no collector could read', async () => (await import('./rejects.ts')).rejects),
  verb('detectors', 'what is looked for, and how', async () => (await import('./detectors.ts')).detectorsVerb),
  verb('rules', 'check settings of detectors, and their tests', async () => (await import('./rules.ts')).rules),
  verb('judge', 'judge what is stored', async () => (await import('./judge.ts')).judge),
  verb('backtest', 'what another configuration would say', async () => (await import('./backtest.ts')).backtest),
  verb('tune', 'what closings say of the detectors', async () => (await import('./tune.ts')).tune),
  verb('alerts', 'what the judge said, fused per actor and day', async () => (await import('./alerts.ts')).alerts),
  verb('findings', 'what each detector said', async () => (await import('./findings.ts')).findings),
  verb('ledger', 'what was judged, from how much', async () => (await import('./ledger.ts')).ledger),
  verb('timeline', 'what happened, in order', async () => (await import('./timeline.ts')).timeline),
  verb('accesses', 'every access with its raw records', async () => (await import('./accesses.ts')).accesses),
  verb('explain', 'why an access was legitimate, or was not', async () => (await import('./explain.ts')).explain),
  verb(
    'explained',
    'how much is explained, by client and source',
    async () => (await import('./explained.ts')).explained,
  ),
  verb('spread', 'what else was reached, and by whom', async () => (await import('./spread.ts')).spread),
  verb('bundle', 'export evidence', async () => (await import('./bundle.ts')).bundle),
  verb('verify', 'check a bundle, without a store', async () => (await import('./verify.ts')).verify),
  verb('doctor', 'what works and what does not', async () => (await import('./doctor.ts')).doctor),
  verb('backup', 'one client into a file that its key opens', async () => (await import('./backup.ts')).backup),
  verb('restore', 'such a file into the store', async () => (await import('./backup.ts')).restore),
  verb('drill', 'try a restore, and time it', async () => (await import('./drill.ts')).drill),
  verb('tenants', 'clients of the store, and the end of one', async () => (await import('./tenants.ts')).tenants),
  verb(
    'audit-chain',
    'is all that was stored still there, unchanged',
    async () => (await import('./audit-chain.ts')).auditChain,
  ),
  verb('reads', 'who read what, and what for', async () => (await import('./reads.ts')).reads),
  verb('topics', 'what the brokers keep, and for how long', async () => (await import('./topics.ts')).topics),
  verb('replay-dead', 'batches that were refused, again', async () => (await import('./replay-dead.ts')).replayDead),
  verb(
    'keys',
    'which collectors the vault believes, and clients’ keys to seal under',
    async () => (await import('./keys.ts')).keys,
  ),
  verb('acls', 'who may do what at the brokers', async () => (await import('./acls.ts')).acls),
];
