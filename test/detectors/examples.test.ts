/** Each detector's own examples, run; the docs print the same ones. */
import { describe, expect, test } from '@jest/globals';
import { settingsListed } from '../../cli/settings-listed.ts';
import type { Finding, FirmScene, TenantScene } from '../../core/scene.ts';
import type { SourceScene } from '../../core/source-scene.ts';
import { type Detector, defaultsOf, type Example, type Settings } from '../../detectors/detector.ts';
import { detectors } from '../../detectors/index.ts';

type Scene = TenantScene | FirmScene | SourceScene;

/** A detector and its examples belong to one level; the list mixes levels. */
const run = (detector: Detector, scene: Scene): readonly Finding[] =>
  (detector.judge as (scene: Scene, settings: Settings) => readonly Finding[])(scene, defaultsOf(detector));

const clientsOf = (findings: readonly Finding[]) => [
  ...new Set(findings.flatMap(({ tenants }) => (tenants.length > 0 ? tenants : ['firm']))),
];

describe.each(detectors)('$name', (detector) => {
  const examples = detector.examples as readonly Example<Scene>[];

  test.each(examples)('$name', ({ scene, speaks }) => {
    expect(clientsOf(run(detector, scene))).toEqual(speaks);
  });

  test('has an example of speaking and one of silence', () => {
    expect(examples.some(({ speaks }) => speaks.length > 0)).toBe(true);
    expect(examples.some(({ speaks }) => speaks.length === 0)).toBe(true);
  });

  test('answers the same twice, and its findings are whole', () => {
    for (const { scene } of examples) {
      const findings = run(detector, scene);
      expect(run(detector, scene)).toEqual(findings);
      for (const finding of findings) {
        expect(finding.detector).toBe(detector.name);
        expect(finding.score).toBeGreaterThanOrEqual(finding.limit);
        expect(finding.because).toMatch(/\d/);
      }
    }
  });

  test('says what it is', () => {
    expect(detector.statistic(defaultsOf(detector))).toMatch(/limit|always|any/);
    for (const setting of settingsListed(detector)) expect(setting.says).not.toBe('');
    expect(detector.runbook.length).toBeGreaterThanOrEqual(2);
    expect(detector.falseAlarms.length).toBeGreaterThan(20);
    expect(detector.source.length).toBeGreaterThan(5);
  });
});
