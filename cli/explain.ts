/** `cordon explain ACCESS-ID`: why an access was, or was not, legitimate: then, as known then, as known now. */

import { Fault } from '../core/errors.ts';
import { type Account, accountOf, type Question } from '../core/explain/answer.ts';
import type { Explanation } from '../core/explain.ts';
import { formatInZone, isoOf } from '../core/time.ts';
import type { Access } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { accessById } from '../store/queries/access-by-id.ts';
import { all } from '../store/query.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { explainerOf } from './judging.ts';
import { purposeOption } from './purpose-option.ts';
import { forEachClient } from './stored-days.ts';

const inWordsOf = (question: Question): string => question.replaceAll('_', ' ');

export const explain = command({
  name: 'explain',
  examples: [
    'cordon explain 0a2f1a66748572993b3bb42fa0a8d2e9',
    'cordon explain 0a2f1a66748572993b3bb42fa0a8d2e9 --json',
  ],
  positionals: 'ACCESS-ID',
  options: purposeOption,

  async run({ values, positionals: [id, ...more] }, io) {
    if (id === undefined || more.length > 0 || !/^[0-9a-f]{32}$/.test(id)) {
      throw new Fault(
        'USAGE',
        'write `cordon explain ACCESS-ID`; an id has 32 hex digits, as timelines and alerts show them',
      );
    }
    const context = loadContext(values, io);
    const { directory } = context;
    await using store = await storeOf(context, 'attach', io.signal);
    const found = await find(store, id, io.signal);
    const explainer = explainerOf(context);
    for (const access of found) {
      const asked = { ...access, at: Date.parse(access.at), seenAt: Date.parse(access.seen_at) };
      const account = accountOf(explainer, asked, Date.now());
      io.out.write(
        values.json === true
          ? `${JSON.stringify(plainOf(access, account))}\n`
          : inWords(access, account, directory.firm.time_zone),
      );
    }
    if (found.length > 1)
      io.err.write(`${found.length} accesses have this id: sources make them, and one was made to pass for another.\n`);
    return 0;
  },
});

/** An id does not say whose it is: each client is asked as its own reader. */
async function find(store: Store, id: string, signal: AbortSignal): Promise<Access[]> {
  const found: Access[] = [];
  await forEachClient(store.tenants, async (tenant) => {
    found.push(...(await all(store.client('read', tenant), accessById, { id }, signal)));
  });
  if (found.length > 0) return found.sort((a, b) => (a.at < b.at ? -1 : 1));
  throw new Fault('NOT_FOUND', `no client has an access ${id}; timelines and alerts show ids`);
}

function plainOf(
  { id, at, seen_at, tenant, actor, account: login, action }: Access,
  { answers, lookedFor, notes }: Account,
) {
  return {
    id,
    at,
    seen_at,
    tenant,
    actor,
    account: login,
    action,
    answers: answers.map(({ question, knownAt, explained, explanations }) => ({
      question,
      known_at: isoOf(knownAt),
      explained,
      explanations: explanations.map(plainExplanation),
    })),
    looked_for: lookedFor,
    notes,
  };
}

const timeOf = (at: number | undefined) => (at === undefined || !Number.isFinite(at) ? undefined : isoOf(at));

function plainExplanation({ kind, strength, fact, reference, reason, from, to, recordedAt }: Explanation) {
  return {
    kind,
    strength,
    fact,
    reference,
    reason,
    from: timeOf(from),
    to: timeOf(to),
    recorded_at: timeOf(recordedAt),
  };
}

function inWords(access: Access, { answers, lookedFor, notes }: Account, zone: string): string {
  const shown = (at: number | undefined) =>
    timeOf(at) === undefined || at === undefined ? 'always' : formatInZone(at, zone);
  const lines = [
    `${access.id}: ${access.actor ?? access.account ?? 'somebody'}, ${access.action}, client ${access.tenant}, ${formatInZone(Date.parse(access.at), zone)}`,
  ];
  for (const { question, explained, explanations } of answers) {
    lines.push(`${inWordsOf(question).padEnd(13)} ${explained ? 'explained' : 'unexplained'}`);
    for (const { kind, reference, strength, from, to, recordedAt } of explanations) {
      const until = to === undefined || !Number.isFinite(to) ? '' : ` until ${shown(to)}`;
      lines.push(
        `  ${kind.replace('_', ' ')} ${reference ?? ''} (strength ${strength}), from ${shown(from)}${until}, recorded ${shown(recordedAt)}`,
      );
    }
  }
  return `${[...lines, ...lookedFor.map((s) => `looked for:   ${s}`), ...notes.map((s) => `note:         ${s}`)].join('\n')}\n`;
}
