/**
 * The judge: accesses in, candidates out, live and in backtest by the same code.
 *
 * Nothing depends on the order or the batches in which accesses arrive: a scene is one actor's UTC day, its accesses
 * sorted by (at, id); each access is explained by the facts recorded by the moment it was seen; the baselines are those
 * of days closed before, and a day is closed once, a full day after its end, so that platforms that are late are still
 * in it. So state is a function of the stored accesses and facts alone: after a restart, feed them again, day by day.
 */
import type { Candidate } from '../core/alert.ts';
import type { Directory } from '../core/directory/directory.ts';
import type { Explainer } from '../core/explain.ts';
import type { ActorView, Finding, FirmScene, JudgedAccess, UnexplainedDay } from '../core/scene.ts';
import type { Detector, FirmDetector, TenantDetector } from './detector.ts';
import { detectors as listed } from './index.ts';
import { createCalibration, type Given, strongest } from './judge/calibrate.ts';
import { type ClientPast, createClientPast } from './judge/client-past.ts';
import { OpenDays } from './judge/day.ts';
import { type ActorDay, createFirmPast, crowdDays } from './judge/firm-past.ts';
import { type FirmContext, firmScene, isUnexplained } from './judge/firm-scene.ts';
import { fuse, type Weighing } from './judge/fuse.ts';
import { learntFrom, lentBaseline } from './judge/learn.ts';
import type { Geo } from './judge/places.ts';
import { judgeTenant, type TenantJudged } from './judge/tenant-scene.ts';
import { createWho, dayText, type Who } from './judge/who.ts';

export interface JudgeOptions {
  readonly directory: Directory;
  readonly explainer: Explainer;
  readonly geo?: Geo;
  readonly detectors?: readonly Detector[];
  /** Candidates below this score are not listed. */
  readonly floor?: number;
}

/** What changed since it was last asked. A candidate replaces the one with its id; `withdrawn` ids are no longer so. */
export interface Judged {
  readonly candidates: readonly Candidate[];
  readonly withdrawn: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Judge {
  /** Any order, any client, any batch; each access of an open day. */
  take(accesses: Iterable<JudgedAccess>): void;
  /** Judges every actor and day touched since the last call, earliest day first. */
  judge(): Judged;
  /** Teaches the baselines all open days up to and including this one (days since the epoch), and lets them go. */
  close(day: number): void;
  readonly openDays: readonly number[];
}

/** Days with a score from here on do not teach the baselines. */
const keepOutFrom = 3.5;
/** Before so many days are known of an actor, everything is new and has to be learnt. */
const keepOutDaysMin = 10;
/** Rarer than one in 10^floor days of a person; below that it is not listed. About 28 a day in 1,000 staff. */
const scoreFloor = 1.38;
const fusedName = 'fused';

/** So many of yesterday's last places are held against today's first. */
const placesKept = 4;

interface ActorDayJudged {
  readonly actor: ActorView;
  readonly tenants: readonly TenantJudged[];
  readonly accesses: readonly JudgedAccess[];
  scene: FirmScene | undefined;
  claims: ReadonlyMap<string, number>;
  fused: number;
  score: number;
}

type DayJudged = Map<string, ActorDayJudged>;

class DayByDayJudge implements Judge {
  private readonly who: Who;
  private readonly past = createFirmPast();
  private readonly calibration = createCalibration((name) => this.given.get(name) ?? 'any');
  private readonly given: ReadonlyMap<string, Given>;
  private readonly weighings: ReadonlyMap<string, Weighing>;
  private readonly clients = new Map<string, ClientPast>();
  private readonly open = new OpenDays();
  private readonly judged = new Map<number, DayJudged>();
  private readonly raised = new Map<string, string>();
  private readonly context: FirmContext;
  private readonly options: Required<JudgeOptions>;

  constructor(options: Required<JudgeOptions>) {
    this.options = options;
    const { directory, explainer, geo } = options;
    this.given = new Map(options.detectors.map((d) => [d.name, d.given ?? 'any']));
    this.weighings = new Map(options.detectors.map((d) => [d.name, d]));
    this.who = createWho(directory, explainer);
    this.context = {
      directory,
      explainer,
      geo,
      who: this.who,
      past: this.past,
      crowdOpen: (tenant, day) => this.crowdOpen(tenant, day),
      placesBefore: (actor, day) =>
        this.judged
          .get(day - 1)
          ?.get(actor)
          ?.scene?.places.slice(-placesKept) ?? [],
      openUnexplained: (actor, day) => this.openUnexplained(actor, day),
    };
  }

  get openDays(): readonly number[] {
    return [...this.open.days.keys()].sort((a, b) => a - b);
  }

  take(accesses: Iterable<JudgedAccess>): void {
    for (const access of accesses) this.open.add(access);
  }

  judge(): Judged {
    const out = { candidates: [] as Candidate[], withdrawn: [] as string[], findings: [] as Finding[] };
    for (const day of [...this.open.touched.keys()].sort((a, b) => a - b)) {
      const touched = [...(this.open.touched.get(day) ?? [])].sort();
      this.open.touched.delete(day);
      for (const actor of touched) this.judgeClients(day, actor);
      for (const actor of this.affected(day, touched)) this.judgeFirm(day, actor, out);
    }
    return out;
  }

  close(until: number): void {
    for (const day of this.openDays.filter((d) => d <= until)) {
      const actors = [...(this.judged.get(day) ?? new Map<string, ActorDayJudged>())].sort(([a], [b]) =>
        a < b ? -1 : 1,
      );
      const days: ActorDay[] = [];
      for (const [, judged] of actors) {
        const learnt = learntFrom(
          day,
          judged,
          this.past.daysOf(judged.actor.id) >= keepOutDaysMin ? keepOutFrom : Number.POSITIVE_INFINITY,
        );
        days.push(learnt);
        const claims =
          judged.fused > 0 ? new Map([...judged.claims, [fusedName, judged.fused] as const]) : judged.claims;
        this.calibration.learn(claims, learnt.unexplained.length > 0);
        if (learnt.keptOut) continue;
        for (const { scene } of judged.tenants) this.pastOf(scene.tenant).learn(judged.actor.id, day, scene.counts);
      }
      this.past.learn(days);
      this.past.forget();
      this.calibration.forget();
      this.judged.delete(day);
      this.open.close(day);
    }
  }

  private pastOf(tenant: string): ClientPast {
    let found = this.clients.get(tenant);
    if (!found) {
      found = createClientPast();
      this.clients.set(tenant, found);
    }
    return found;
  }

  private judgeClients(day: number, id: string): void {
    const actor = this.who.view(id, day);
    const cells = this.open.cells(day, id);
    const lent = lentBaseline(this.past, actor);
    const tenants = cells.map(({ tenant, accesses }) => {
      const own = this.pastOf(tenant).baseline(id, day, lent.rows);
      const baseline = { ...own, unexplainedDay: lent.unexplainedDay };
      return judgeTenant(dayText(day), actor, tenant, accesses, this.options.explainer, baseline, this.tenantDetectors);
    });
    const accesses = cells.flatMap((cell) => cell.accesses);
    this.dayOf(day).set(id, { actor, tenants, accesses, scene: undefined, claims: new Map(), fused: 0, score: 0 });
  }

  private dayOf(day: number): DayJudged {
    let found = this.judged.get(day);
    if (!found) {
      found = new Map();
      this.judged.set(day, found);
    }
    return found;
  }

  /** Whose score may change with these: themselves, and everybody unexplained at a client where one of them is. */
  private affected(day: number, touched: readonly string[]): string[] {
    const actors = this.dayOf(day);
    const tenants = new Set(touched.flatMap((id) => openTenants(actors.get(id))));
    const others = [...actors].filter(([, judged]) => openTenants(judged).some((tenant) => tenants.has(tenant)));
    return [...new Set([...touched, ...others.map(([id]) => id)])].sort();
  }

  private judgeFirm(
    day: number,
    id: string,
    out: { candidates: Candidate[]; withdrawn: string[]; findings: Finding[] },
  ): void {
    const judged = this.dayOf(day).get(id);
    if (!judged) return;
    const scene = firmScene(
      judged.actor,
      day,
      judged.tenants.map((t) => t.spread),
      judged.accesses,
      this.context,
    );
    judged.scene = scene;
    const claims = [...judged.tenants.flatMap((t) => t.findings), ...this.firmDetectors.flatMap((d) => d.judge(scene))];
    judged.claims = strongest(claims);
    const findings = claims.map((f) => ({ ...f, score: this.calibration.score(f.detector, f.score) }));
    const fused = fuse(findings, (name) => this.weighings.get(name) ?? { weight: 1 }, []);
    judged.fused = fused?.score ?? 0;
    const candidate = fused && this.raise(fused);
    judged.score = candidate?.score ?? 0;
    const key = `${day}\0${id}`;
    const before = this.raised.get(key);
    if (before !== undefined && before !== candidate?.id) out.withdrawn.push(before);
    if (!candidate) return;
    this.raised.set(key, candidate.id);
    out.candidates.push(candidate);
    out.findings.push(...findings);
  }

  /** What the fused score means is again what the past says about such scores. */
  private raise(fused: Candidate): Candidate | undefined {
    const score = this.calibration.score(fusedName, fused.score);
    return score < this.options.floor ? undefined : { ...fused, score };
  }

  private get tenantDetectors(): readonly TenantDetector[] {
    return this.options.detectors.filter((d): d is TenantDetector => d.level === 'tenant');
  }

  private get firmDetectors(): readonly FirmDetector[] {
    return this.options.detectors.filter((d): d is FirmDetector => d.level === 'firm');
  }

  private crowdOpen(tenant: string, day: number): Set<string> {
    const actors = new Set<string>();
    for (const [open, judged] of this.judged) {
      if (open > day || open <= day - crowdDays) continue;
      for (const [id, one] of judged) if (openTenants(one).includes(tenant)) actors.add(id);
    }
    return actors;
  }

  private openUnexplained(actor: string, day: number): UnexplainedDay[] {
    const days: UnexplainedDay[] = [];
    for (const [open, judged] of this.judged) {
      const tenants = open < day ? openTenants(judged.get(actor)) : [];
      if (tenants.length > 0) days.push({ daysAgo: day - open, tenants, objects: tenants.length });
    }
    return days;
  }
}

const openTenants = (judged: ActorDayJudged | undefined): string[] =>
  judged ? judged.tenants.filter((t) => isUnexplained(t.spread)).map((t) => t.spread.tenant) : [];

export function createJudge({
  directory,
  explainer,
  geo = () => undefined,
  detectors = listed,
  floor = scoreFloor,
}: JudgeOptions): Judge {
  return new DayByDayJudge({ directory, explainer, geo, detectors, floor });
}
