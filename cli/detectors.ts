/** `cordon detectors`: what is looked for, and how. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { closingsOf } from '../core/closing.ts';
import { Fault, isFault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type Detector, defaultsOf } from '../detectors/detector.ts';
import { detectors } from '../detectors/index.ts';
import { type Closed, closedOf } from '../detectors/tuning.ts';
import { alertEvents } from '../store/queries/alert-states.ts';
import { candidateParts } from '../store/queries/candidates.ts';
import { holdsStore } from '../store/secrets.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf } from './context.ts';
import { settingsListed } from './settings-listed.ts';

export const detectorsVerb = command({
  name: 'detectors',
  examples: [
    'cordon detectors               # with a store: how the alerts of each were closed, too',
    'cordon detectors surge         # one, whole',
    'cordon detectors --json',
  ],
  positionals: '[NAME]',
  options: {},
  async run({ values, positionals: [name] }, io) {
    const context = contextOf(values, io);
    // With a configuration, the Sigma rules it names too.
    const known = context?.rules.detectors ?? detectors;
    const asked = name === undefined ? known : known.filter((d) => d.name === name);
    if (asked.length === 0) {
      const near = nearest(
        name ?? '',
        known.map((d) => d.name),
      );
      throw new Fault(
        'USAGE',
        `there is no detector \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      );
    }
    const closed = context && (await closedIn(context, io));
    for (const detector of asked) {
      const own = closed && (closed.get(detector.name) ?? none);
      if (values.json === true)
        io.out.write(`${JSON.stringify({ ...plainOf(detector), ...(own && { closings: own }) })}\n`);
      else if (name === undefined) {
        io.out.write(`${detector.name.padEnd(22)} ${detector.statistic(defaultsOf(detector))}\n`);
        if (own && own.candidates > 0) io.out.write(`${''.padEnd(22)} ${inWords(own)}\n`);
      } else io.out.write(whole(detector, own));
    }
    return 0;
  },
});

const none: Closed = { candidates: 0, true: 0, false: 0, duplicate: 0, not_closed: 0, precision: null, n: 0 };

function contextOf(values: { config?: string | undefined }, io: Io): Context | undefined {
  const named = values.config !== undefined || existsSync(join(io.cwd, 'cordon.yaml')) || io.env['CORDON_CONFIG'];
  return named ? loadContext(values, io) : undefined;
}

/** Undefined: there is no store yet, or it does not answer; the list needs none. */
async function closedIn(context: Context, io: Io): Promise<ReadonlyMap<string, Closed> | undefined> {
  // Else asking would make the keys of a store that is not there yet.
  if (!holdsStore(context.config.data)) return undefined;
  try {
    await using store = await storeOf(context, 'attach', io.signal);
    const db = store.firm('read');
    const closings = closingsOf(await alertEvents(db, io.signal));
    const candidates = await candidateParts(db, io.signal);
    return closedOf(candidates, (alert) => closings.verdict(alert, Number.POSITIVE_INFINITY));
  } catch (error) {
    if (!isFault(error) || io.signal.aborted) throw error;
    io.err.write(`how alerts were closed is not shown: ${error.message}\n`);
    return undefined;
  }
}

function inWords({ candidates, duplicate, not_closed, precision, n, ...closed }: Closed): string {
  const parts = [`${closed.true} true`, `${closed.false} false`, `${not_closed} not closed`];
  if (duplicate > 0) parts.push(`${duplicate} repeated another`);
  const share = precision === null ? '' : `; precision ${Math.round(100 * precision)} % of ${n}`;
  return `${candidates} candidates: ${parts.join(', ')}${share}`;
}

function plainOf(detector: Detector) {
  const { name, level, statistic, source, falseAlarms, runbook, attack, examples } = detector;
  const named = examples.map(({ name: example, speaks }) => ({ name: example, speaks }));
  const settings = settingsListed(detector);
  const says = statistic(defaultsOf(detector));
  return { name, level, statistic: says, settings, source, falseAlarms, runbook, attack, examples: named };
}

function whole(detector: Detector, closed: Closed | undefined): string {
  const { name, level, statistic, settings, source, falseAlarms, runbook, attack, examples } = plainOf(detector);
  return [
    `${name} (sees a ${level} scene)`,
    `  says:         ${statistic}`,
    `  source:       ${source}`,
    ...(attack === undefined ? [] : [`  ATT&CK:       ${attack}`]),
    ...settings.map((one) => `  setting:      ${one.name} ${one.value} (${one.says})`),
    ...(closed ? [`  so far:       ${inWords(closed)}`] : []),
    `  false alarms: ${falseAlarms}`,
    ...runbook.map((step, i) => `  ${i + 1}. ${step}`),
    ...examples.map((e) => `  ${e.speaks.length > 0 ? 'speaks' : 'silent'}: ${e.name}`),
    '',
  ].join('\n');
}
