/** `cordon tune`: what closings say of each detector, the settings that would follow, and what these would have said. Applies nothing. */
import { stringify } from 'yaml';
import { closingsOf } from '../core/closing.ts';
import { createRules, type Rules } from '../detectors/rules.ts';
import { type Precision, type Proposal, precisionOf, propose, proposed, shareTrue } from '../detectors/tuning.ts';
import { alertEvents } from '../store/queries/alert-states.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { backtested, diffInWords } from './backtest.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';

export const tune = command({
  name: 'tune',
  examples: [
    'cordon tune                # precision of each detector, a proposal, and its backtest',
    'cordon tune --from -90d --json',
  ],
  options: rangeOptions,

  async run({ values }, io) {
    const context = loadContext(values, io);
    const range = rangeOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    const candidates = await candidatesOf(store.firm('read'), range.days, io.signal);
    const closings = closingsOf(await alertEvents(store.firm('read'), io.signal));
    const precision = precisionOf(candidates, (alert) => closings.verdict(alert, Number.POSITIVE_INFINITY));
    const proposals = propose(precision, context.rules);
    const diff =
      proposals.length === 0
        ? undefined
        : await backtested(context, { ...context, rules: withProposals(context.rules, proposals) }, store, range, io);
    if (values.json === true) {
      const rules = proposed(proposals);
      io.out.write(`${JSON.stringify({ precision, proposals, rules, backtest: diff ?? null })}\n`);
      return 0;
    }
    io.out.write(precisionInWords(precision.firm));
    io.out.write(settingsDiff(proposals));
    if (diff) io.out.write(diffInWords(diff));
    io.err.write('nothing was applied: put what convinces you into your rules, and run `cordon rules check`\n');
    return 0;
  },
});

/** The rules in force, and the proposals over them. */
function withProposals(rules: Rules, proposals: readonly Proposal[]): Rules {
  const { detectors, overrides } = proposed(proposals);
  const own = rules.written;
  const names = new Set([...Object.keys(own.detectors), ...Object.keys(detectors)]);
  const merged = Object.fromEntries([...names].map((name) => [name, { ...own.detectors[name], ...detectors[name] }]));
  return createRules(rules.detectors, { detectors: merged, overrides: [...own.overrides, ...overrides] }, rules.sigma);
}

function precisionInWords(precision: readonly Precision[]): string {
  if (precision.length === 0) return 'No alert of these days was closed yet: closings are what tuning goes by.\n';
  return precision
    .map((one) => {
      const share = Math.round(100 * shareTrue(one));
      return `${one.detector.padEnd(22)} ${String(share).padStart(3)} % true  (${one.true} true, ${one.false} false)\n`;
    })
    .join('');
}

/** As a diff of a rules file: what is in force is taken away, what is proposed is put in. */
function settingsDiff(proposals: readonly Proposal[]): string {
  if (proposals.length === 0) return 'No setting is proposed to be changed.\n';
  const firm = proposals.filter(({ tenant }) => tenant === undefined);
  const lines = firm.flatMap(({ detector, was, weight, reason }) => [
    `   ${JSON.stringify(detector).replaceAll(/^"([a-z-]+)"$/g, '$1')}:`,
    `-    weight: ${was}`,
    `+    weight: ${weight}`,
    `+    reason: ${reason}`,
  ]);
  const { overrides } = proposed(proposals);
  const more = overrides.length === 0 ? [] : stringify({ overrides }).trimEnd().split('\n');
  const head = firm.length === 0 ? [] : [' detectors:'];
  return `${['--- rules in force', '+++ rules proposed', ...head, ...lines, ...more.map((line) => `+${line}`)].join('\n')}\n`;
}
