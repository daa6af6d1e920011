/** Holds the open days, judges what was touched in them, and teaches the baselines what is closed. */
import { type Candidate, candidateId } from '../../core/alert.ts';
import { type Verdict, verdicts } from '../../core/closing.ts';
import { gotOrMade } from '../../core/got-or-made.ts';
import type { Finding, JudgedAccess, UnexplainedDay } from '../../core/scene.ts';
import type { Judge, Judged, JudgeOptions } from '../judge.ts';
import { Baselines } from './baselines.ts';
import { type Bygone, withBygone } from './bygone.ts';
import { type Given, strongest } from './calibrate.ts';
import { canariesOf } from './canaries.ts';
import { crowdDays } from './crowds.ts';
import { type Inputs, OpenDays } from './day.ts';
import { clientNames, type FirmContext, firmScene } from './firm-scene.ts';
import { type Fused, fuse, raisedByFact } from './fuse.ts';
import { judgeSources } from './judge-sources.ts';
import { type ActorDayJudged, Changes, openTenants, type Raised } from './judged-day.ts';
import { lentBaseline } from './learn.ts';
import { type Lesson, lessonOf, shareOf } from './lesson.ts';
import { usesOf } from './links.ts';
import { type Mark, marksAmong } from './marks.ts';
import { judgeTenant } from './tenant-scene.ts';
import { type Unknown, unknownOn } from './unknown.ts';
import { actorKey, createWho, dayMs, dayNumber, dayText, isGuest, type Who } from './who.ts';

const fusedName = 'fused';
/** What is explained is listed only where it is that much stranger. */
const explainedMore = 0.2;

export class DayByDayJudge implements Judge {
  private readonly options: Required<JudgeOptions>;
  private readonly who: Who;
  private readonly known = new Baselines((name) => this.given.get(name) ?? 'any');
  private readonly given: ReadonlyMap<string, Given>;
  private readonly open = new OpenDays();
  private readonly guests = new Map<number, Set<string>>();
  /** Who is unexplained where, by open day and client. */
  private readonly crowds = new Map<number, Map<string, Set<string>>>();
  private readonly judged = new Map<number, Map<string, ActorDayJudged>>();
  private readonly raised = new Map<string, Raised>();
  private readonly holidays: ReadonlySet<string>;
  private readonly context: FirmContext;
  private readonly canaries: ReturnType<typeof canariesOf>;
  private readonly pending = new Changes();
  private closed = Number.NEGATIVE_INFINITY;

  constructor(options: Required<JudgeOptions>) {
    this.options = options;
    const { directory, explainer, geo, rules } = options;
    this.given = new Map(rules.detectors.map((d) => [d.name, d.given ?? 'any']));
    this.who = createWho(directory, explainer);
    this.canaries = canariesOf(directory);
    this.holidays = new Set([...directory.offices.values()].flatMap(({ holidays }) => [...holidays]));
    this.context = {
      directory,
      explainer,
      geo,
      who: this.who,
      past: this.known.firm,
      names: clientNames(directory),
      marks: (actor, day) => this.marks(actor, day),
      crowdOpen: (tenant, day) => this.crowdOpen(tenant, day),
      placesBefore: (actor, day) =>
        this.judged.get(day - 1)?.get(actor)?.scene?.places ?? this.known.firm.places(actor, day),
      openUnexplained: (actor, day) => this.openUnexplained(actor, day),
    };
  }

  get openDays(): readonly number[] {
    return [...this.open.days.keys()].sort((a, b) => a - b);
  }

  inputs(day: number): Inputs[] {
    return this.open.inputs(day);
  }

  take(accesses: Iterable<JudgedAccess>): JudgedAccess[] {
    const fresh: JudgedAccess[] = [];
    for (const access of accesses) {
      const day = dayNumber(access.at);
      if (day <= this.closed || !this.open.add(access)) continue;
      fresh.push(access);
      this.known.sources.take(access, day);
      this.takeLink(access, day);
    }
    return fresh;
  }

  /** A share may come after its use, and a use after its share: both concern the one who shared. */
  private takeLink(access: JudgedAccess, day: number): void {
    const share = shareOf(access);
    if (share) {
      this.known.links.add(access.tenant, share);
      for (const [used, guests] of this.guests)
        if (used >= day) for (const actor of [share.actor, ...guests]) this.open.touch(used, actor);
    }
    const actor = actorKey(access);
    if (!isGuest(actor)) return;
    gotOrMade(this.guests, day, () => new Set<string>()).add(actor);
    const sharer = this.known.links.sharerOf(access);
    if (sharer !== undefined) this.open.touch(day, sharer);
  }

  judge(): Judged {
    this.judgeUntil(Number.POSITIVE_INFINITY);
    this.lookAgain(Number.POSITIVE_INFINITY);
    return this.pending.drain();
  }

  private judgeUntil(until: number): void {
    const changed = { actors: new Set<string>(), tenants: new Set<string>() };
    for (const day of this.openDays.filter((d) => d <= until)) {
      // What changed on a day before changes what the days after it look back on.
      const present = [...changed.actors].filter((id) => this.open.days.get(day)?.has(id));
      const touched = [...new Set([...(this.open.touched.get(day) ?? []), ...present])].sort();
      this.open.touched.delete(day);
      for (const actor of touched) {
        for (const tenant of this.rejudgeClients(day, actor)) changed.tenants.add(tenant);
        changed.actors.add(actor);
      }
      for (const actor of this.affected(day, touched, changed.tenants)) this.judgeFirm(day, actor);
      this.judgeSources(day);
    }
  }

  close(until: number): Lesson[] {
    const lessons = this.openDays
      .filter((day) => day <= until)
      .map((day) => {
        this.judgeUntil(day);
        this.lookAgain(day);
        const lesson = withBygone(this.lesson(day), this.open.bygones.get(day));
        this.known.teach(lesson);
        for (const byDay of [this.judged, this.guests, this.crowds]) byDay.delete(day);
        this.open.close(day);
        for (const key of this.raised.keys()) if (key.startsWith(`${day}\0`)) this.raised.delete(key);
        return lesson;
      });
    this.closed = Math.max(this.closed, until);
    if (lessons.length === 0) return lessons;
    for (const day of this.openDays)
      for (const actor of this.open.days.get(day)?.keys() ?? []) this.open.touch(day, actor);
    return lessons;
  }

  recall(lesson: Lesson): void {
    this.known.teach(lesson);
    this.closed = Math.max(this.closed, lesson.day);
  }

  bygone(day: number, bygone: Bygone): void {
    this.open.bygones.set(day, bygone);
    this.known.sources.had(day, bygone.lesson.firm.sources, bygone.lesson.clients);
  }

  private lesson(day: number): Lesson {
    const { accesses, until } = this.open.countOf(day);
    const { sources, clients } = this.known.sources.seenOn(day);
    return lessonOf({
      day,
      judged: this.judged.get(day) ?? new Map(),
      sources,
      clientSources: clients,
      accesses,
      seenUntil: until,
      daysOf: (actor) => this.known.firm.daysOf(actor),
      verdictOf: (actor) => this.verdict(actor, day, day),
      released: this.known.keptOut.filter((one) => {
        const verdict = this.verdict(one.actor, one.day, day);
        return verdict !== undefined && !verdicts[verdict];
      }),
      forged: (access) => this.known.sources.forged(access, day),
    });
  }

  /** What was said of the alert of a day by the time that another is closed: a full day after its end. */
  private verdict(actor: string, day: number, closing: number): Verdict | undefined {
    return this.options.closings.verdict(candidateId(actor, dayText(day)), (closing + 2) * dayMs);
  }

  /** Where the actor was or now is unexplained that day. */
  private rejudgeClients(day: number, id: string): string[] {
    const crowds = gotOrMade(this.crowds, day, () => new Map<string, Set<string>>());
    const before = openTenants(this.judged.get(day)?.get(id));
    for (const tenant of before) crowds.get(tenant)?.delete(id);
    this.judgeClients(day, id);
    const after = openTenants(this.judged.get(day)?.get(id));
    for (const tenant of after) gotOrMade(crowds, tenant, () => new Set<string>()).add(id);
    return [...before, ...after];
  }

  private judgeClients(day: number, id: string): void {
    const actor = this.who.view(id, day);
    const cells = this.open.cells(day, id);
    const lent = lentBaseline(this.known.firm, actor);
    const uses = this.linkUses(day, id);
    const known = new Set(cells.map(({ tenant }) => tenant));
    const quiet = [...uses.keys()].filter((tenant) => !known.has(tenant)).map((tenant) => ({ tenant, accesses: [] }));
    const tenants = [...cells, ...quiet].map(({ tenant, accesses }) => {
      const own = this.known.client(tenant).baseline(id, day, accesses, lent.rows);
      const { unexplainedDay, outsideDay, grantDay } = lent;
      const baseline = { ...own, unexplainedDay, outsideDay, grantDay };
      const { domains } = this.options.directory.firm;
      const isCanary = this.canaries.get(tenant);
      const parts = { day: dayText(day), actor, tenant, linkUses: uses.get(tenant) ?? [], domains, isCanary, baseline };
      return judgeTenant(parts, accesses, this.options.explainer, this.options.rules.tenant(tenant));
    });
    const accesses = cells.flatMap((cell) => cell.accesses);
    const judged = { actor, tenants, accesses, scene: undefined, claims: new Map(), fused: 0, score: 0 };
    gotOrMade(this.judged, day, () => new Map<string, ActorDayJudged>()).set(id, judged);
  }

  private linkUses(day: number, id: string): Map<string, JudgedAccess[]> {
    const cells = [...(this.guests.get(day) ?? [])].flatMap((guest) => this.open.cells(day, guest));
    return usesOf(id, isGuest(id) ? this.open.cells(day, id) : cells, this.known.links);
  }

  private judgeFirm(day: number, id: string): void {
    const judged = this.judged.get(day)?.get(id);
    if (!judged) return;
    const spread = judged.tenants.map((t) => t.spread);
    const scene = firmScene(judged.actor, day, spread, judged.accesses, this.context);
    judged.scene = scene;
    const { rules } = this.options;
    const said = rules.firm.flatMap(({ detector, rule }) => detector.judge(scene, rule.settings));
    const claims = rules.ruled([...judged.tenants.flatMap((t) => t.findings), ...said]);
    judged.claims = strongest(claims);
    const findings = claims.map((f) => ({ ...f, score: this.known.calibration.score(f.detector, f.score) }));
    const fused = fuse(findings, rules.weighing);
    judged.fused = fused?.candidate.score ?? 0;
    const candidate = fused && this.meant(fused, openTenants(judged).length > 0);
    judged.score = candidate?.score ?? 0;
    this.say(`${day}\0${id}`, candidate, findings);
  }

  private say(key: string, candidate: Candidate | undefined, findings: readonly Finding[]): void {
    const now = candidate && { candidate, findings };
    this.pending.say(key, this.raised.get(key), now);
    if (now) this.raised.set(key, now);
    else this.raised.delete(key);
  }

  /** A silence is over, or it is not: it is said once the source has spoken again, and no more once what was missing came. */
  private judgeSources(day: number): void {
    for (const said of judgeSources(this.known.sources, day, this.isHoliday(day), this.options.rules))
      this.say(`${day}\0source:${said.source}`, said.candidate, said.findings);
  }

  private readonly isHoliday = (day: number): boolean => this.holidays.has(dayText(day));

  /** What others did that day, or did not, may change what is not known about a candidate. */
  private lookAgain(until: number): void {
    const days = new Map<number, Unknown>();
    for (const [key, { candidate, findings }] of this.raised) {
      const day = dayNumber(Date.parse(candidate.day));
      if (day > until) continue;
      const unknownOf = gotOrMade(days, day, () => unknownOn(this.known.sources, day, this.isHoliday(day)));
      const unknown = unknownOf(candidate.tenants);
      if (unknown.join() === candidate.unknown.join()) continue;
      this.say(key, { ...candidate, unknown }, findings);
    }
  }

  /** What the fused score means is again what the past says about such scores. */
  private meant(fused: Fused, unexplained: boolean): Candidate | undefined {
    const candidate = raisedByFact(fused, this.known.calibration.score(fusedName, fused.candidate.score));
    const floor = this.options.floor + (unexplained ? 0 : explainedMore);
    return candidate.score < floor ? undefined : candidate;
  }

  /** Whose score may change: those touched, and everybody unexplained at a client where one of them is or was. */
  private affected(day: number, touched: readonly string[], tenants: ReadonlySet<string>): string[] {
    const others = [...tenants].flatMap((tenant) => [...(this.crowds.get(day)?.get(tenant) ?? [])]);
    return [...new Set([...touched, ...others])].sort();
  }

  private marks(actor: string, day: number): Mark[] {
    if (this.options.directory.services.has(actor as never)) return [];
    return marksAmong(this.open.cells(day, actor), this.options.fingerprint);
  }

  private crowdOpen(tenant: string, day: number): Set<string> {
    const actors = new Set<string>();
    for (const [open, byTenant] of this.crowds) {
      if (open > day || open <= day - crowdDays) continue;
      for (const id of byTenant.get(tenant) ?? []) actors.add(id);
    }
    return actors;
  }

  private openUnexplained(actor: string, day: number): UnexplainedDay[] {
    return this.openDays.flatMap((open) => {
      const tenants = open < day ? openTenants(this.judged.get(open)?.get(actor)) : [];
      return tenants.length > 0 ? [{ daysAgo: day - open, tenants, objects: tenants.length }] : [];
    });
  }
}
