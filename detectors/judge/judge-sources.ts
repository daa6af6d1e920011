/** What is said of sources themselves on one day: silences, clocks. */
import type { Candidate } from '../../core/alert.ts';
import { gotOrMade } from '../../core/got-or-made.ts';
import type { Finding } from '../../core/scene.ts';
import type { Rules } from '../rules.ts';
import { fuse, raisedByFact } from './fuse.ts';
import type { SourcePast } from './source-past.ts';

export interface SourceJudged {
  readonly source: string;
  readonly candidate: Candidate | undefined;
  readonly findings: readonly Finding[];
}

/** One for each source known, in order. A source has no past of such findings, so their scores are not calibrated. */
export function judgeSources(sources: SourcePast, day: number, holiday: boolean, rules: Rules): SourceJudged[] {
  const bySource = new Map<string, Finding[]>();
  for (const scene of sources.scenes(day, holiday)) {
    const said = rules.source.flatMap(({ detector, rule }) => detector.judge(scene, rule.settings));
    gotOrMade(bySource, scene.source, (): Finding[] => []).push(...rules.ruled(said));
  }
  return [...bySource].map(([source, findings]) => {
    const fused = fuse(findings, rules.weighing);
    return { source, candidate: fused && raisedByFact(fused, fused.candidate.score), findings };
  });
}
