/** A judge that also counts what it is fed: per actor, client and hour, explained and unexplained. Counts, never an object's name. */
import type { Explainer } from '../core/explain.ts';
import type { JudgedAccess } from '../core/scene.ts';
import { isoOf } from '../core/time.ts';
import type { Judge } from '../detectors/judge.ts';
import type { SpreadRow } from '../store/queries/spread.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

export interface CountingJudge extends Judge {
  /** The rows that changed since the last call, whole: a later one of the same key replaces an earlier one. */
  spread(): SpreadRow[];
}

interface Cell extends Omit<SpreadRow, 'explained' | 'unexplained'> {
  explained: number;
  unexplained: number;
}

export function countingJudge(judge: Judge, explainer: Explainer): CountingJudge {
  const days = new Map<number, Map<string, Cell>>();
  const changed = new Set<Cell>();
  let closed = Number.NEGATIVE_INFINITY;

  function count(access: JudgedAccess): void {
    const number = Math.floor(access.at / dayMs);
    if (number <= closed) return;
    const cells = days.get(number) ?? new Map<string, Cell>();
    days.set(number, cells);
    const { actor = '', tenant, class: accessClass, action, outcome } = access;
    const hour = Math.floor(access.at / hourMs) * hourMs;
    const key = `${hour} ${accessClass} ${action} ${outcome} ${tenant} ${actor}`;
    let cell = cells.get(key);
    if (!cell) {
      cell = { hour: isoOf(hour), actor, tenant, class: accessClass, action, outcome, explained: 0, unexplained: 0 };
      cells.set(key, cell);
    }
    if (explainer.explain(access, access.seenAt) === undefined) cell.unexplained += 1;
    else cell.explained += 1;
    changed.add(cell);
  }

  return {
    take(accesses) {
      // What a platform delivers twice counts once.
      const fresh = judge.take(accesses);
      for (const access of fresh) count(access);
      return fresh;
    },
    judge: () => judge.judge(),
    close(day) {
      closed = Math.max(closed, day);
      for (const number of days.keys()) if (number <= closed) days.delete(number);
      return judge.close(day);
    },
    recall(lesson) {
      closed = Math.max(closed, lesson.day);
      judge.recall(lesson);
    },
    bygone: (day, bygone) => judge.bygone(day, bygone),
    inputs: (day) => judge.inputs(day),
    get openDays() {
      return judge.openDays;
    },
    spread() {
      const rows = [...changed].map((cell) => ({ ...cell }));
      changed.clear();
      return rows;
    },
  };
}
