/** A mean in which each new value counts an eighth, and the first one alone. */
const newestShare = 1 / 8;

export class RecentMean {
  /** 0 while nothing was added. */
  value = 0;

  add(one: number): void {
    this.value += (one - this.value) * (this.value === 0 ? 1 : newestShare);
  }
}
