/** What stands: the latest candidate and findings of each actor and day, and what of that has to be written when more is said. */
import type { Candidate } from '../core/alert.ts';
import type { Finding } from '../core/scene.ts';
import type { Judged } from '../detectors/judge.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { findingsOf } from '../store/queries/findings.ts';
import type { Settled } from './judging.ts';
import { refusedBatches } from './refusals.ts';
import { forEachClient } from './stored-days.ts';

/** Days `YYYY-MM-DD`, both included. */
export interface Days {
  readonly from: string;
  readonly until: string;
}

export interface Changed extends Judged {
  /** That were said before of the same actor and day, and are no longer so. */
  readonly withdrawnFindings: readonly Finding[];
}

interface Verdict {
  readonly candidate: Candidate | undefined;
  readonly findings: ReadonlyMap<string, Finding>;
}

const keyOf = ({ actor, day }: Pick<Finding, 'actor' | 'day'>): string => `${day}\0${actor ?? ''}`;
const findingKey = ({ detector, tenants }: Finding): string => `${detector}\0${tenants.join('\0')}`;

export class Verdicts {
  readonly #byKey = new Map<string, Verdict>();
  readonly #keyById = new Map<string, string>();

  /** With what was kept of these days; findings only of days that may be judged again. */
  static async kept(
    store: Store,
    { candidates: ofCandidates, findings: ofFindings }: { readonly candidates: Days; readonly findings: Days },
    signal: AbortSignal,
  ): Promise<Verdicts> {
    const verdicts = new Verdicts();
    const findings: Finding[] = await findingsOf(store.firm('judge'), ofFindings, signal);
    await forEachClient(store.tenants, async (tenant) => {
      findings.push(...(await findingsOf(store.client('judge', tenant), ofFindings, signal)));
    });
    const candidates = await candidatesOf(store.firm('judge'), ofCandidates, signal);
    // What landing said is not the judge's to withdraw.
    const judged = candidates.filter(({ detectors }) => !detectors.includes(refusedBatches));
    verdicts.take({ candidates: judged, findings, withdrawn: [] });
    return verdicts;
  }

  /** The findings of days before that one are not needed any more. */
  forgetFindings(before: string): void {
    for (const [key, { candidate }] of this.#byKey)
      if (candidate && candidate.day < before) this.#byKey.set(key, { candidate, findings: new Map() });
  }

  get candidates(): readonly Candidate[] {
    return [...this.#byKey.values()].flatMap(({ candidate }) => candidate ?? []);
  }

  /** Of one day, `YYYY-MM-DD`. */
  findingsOf(day: string): readonly Finding[] {
    return [...this.#byKey.values()].flatMap(({ candidate, findings }) =>
      candidate?.day === day ? [...findings.values()] : [],
    );
  }

  /** Takes in what is said now: what differs from what stood. */
  take({ candidates, findings, withdrawn }: Judged): Changed {
    const said = new Map<string, { candidate: Candidate | undefined; findings: Map<string, Finding> }>();
    const of = (key: string) => {
      const found = said.get(key) ?? { candidate: undefined, findings: new Map<string, Finding>() };
      said.set(key, found);
      return found;
    };
    for (const id of withdrawn) {
      const key = this.#keyById.get(id);
      if (key !== undefined) of(key);
    }
    for (const candidate of candidates) of(keyOf(candidate)).candidate = candidate;
    for (const finding of findings) of(keyOf(finding)).findings.set(findingKey(finding), finding);
    return this.#replace(said);
  }

  /** Everything that is said of these days: what stood of them and is not among it is withdrawn. */
  settle(said: Omit<Judged, 'withdrawn'>, { from, until, stands }: Days & Pick<Settled, 'stands'>): Changed {
    const now = new Set(said.candidates.map(({ id }) => id));
    const gone = [...this.#byKey.values()]
      .flatMap(({ candidate }) => candidate ?? [])
      .filter(({ id, day }) => !now.has(id) && day >= from && day <= until)
      .filter((candidate) => !stands(candidate));
    return this.take({ ...said, withdrawn: gone.map(({ id }) => id) });
  }

  #replace(said: ReadonlyMap<string, Verdict>): Changed {
    const changed = {
      candidates: [] as Candidate[],
      findings: [] as Finding[],
      withdrawn: [] as string[],
      withdrawnFindings: [] as Finding[],
    };
    for (const [key, now] of said) {
      const before = this.#byKey.get(key) ?? { candidate: undefined, findings: new Map<string, Finding>() };
      const { candidate } = now;
      if (before.candidate && before.candidate.id !== candidate?.id) {
        changed.withdrawn.push(before.candidate.id);
        this.#keyById.delete(before.candidate.id);
      }
      if (candidate && !same(candidate, before.candidate)) changed.candidates.push(candidate);
      for (const [name, finding] of now.findings)
        if (!same(finding, before.findings.get(name))) changed.findings.push(finding);
      for (const [name, finding] of before.findings)
        if (!now.findings.has(name)) changed.withdrawnFindings.push(finding);
      if (!candidate) {
        this.#byKey.delete(key);
        continue;
      }
      this.#byKey.set(key, now);
      this.#keyById.set(candidate.id, key);
    }
    return changed;
  }
}

/** Field by field in a fixed order: what comes from the store has its own. */
function same<T extends object>(a: T, b: T | undefined): boolean {
  if (!b) return false;
  const fields = Object.keys(a).sort();
  return JSON.stringify(a, fields) === JSON.stringify(b, fields);
}
