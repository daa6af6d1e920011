/** Who was unexplained at each client on the last closed days, and how many are usual there. */

export const crowdDays = 5;
const entriesMax = 200;
/** Before anything is known: one person in ten days, weighing as much as ten days. */
const priorRate = 0.1;
const priorDays = 10;

export class Crowds {
  private readonly seen = new Map<string, { readonly day: number; readonly actor: string }[]>();
  private readonly rate = new Map<string, number>();
  private days = 0;

  note(tenant: string, actor: string, day: number): void {
    const list = this.seen.get(tenant) ?? [];
    list.push({ day, actor });
    this.seen.set(tenant, list.length > entriesMax ? list.slice(-entriesMax) : list);
  }

  learn(tenant: string): void {
    this.rate.set(tenant, (this.rate.get(tenant) ?? 0) + 1);
  }

  at(tenant: string, day: number): { readonly actors: readonly string[]; readonly usual: number } {
    const seen = (this.seen.get(tenant) ?? []).filter((c) => c.day > day - crowdDays && c.day < day);
    const usual = ((this.rate.get(tenant) ?? 0) + priorRate * priorDays) / (this.days + priorDays);
    return { actors: [...new Set(seen.map((c) => c.actor))], usual: usual * crowdDays };
  }

  forget(factor: number): void {
    this.days = this.days * factor + 1;
    for (const [tenant, rate] of this.rate) this.rate.set(tenant, rate * factor);
  }
}
