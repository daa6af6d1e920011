/** Rules: what is set for the firm and for some clients, and what then is asked, said and counted. */
import { expect, test } from '@jest/globals';
import { detectors } from '../../detectors/index.ts';
import { createRules, type WrittenRules } from '../../detectors/rules.ts';
import { findingOf } from './finding.ts';

const rules = (written: Partial<WrittenRules>) => createRules(detectors, { detectors: {}, overrides: [], ...written });
const finding = (detector: string, tenants: readonly string[]) => findingOf({ detector, tenants });

test('what nobody set is as the detector comes', () => {
  const { of } = createRules(detectors);
  expect(of('surge', 'acme')).toMatchObject({ enabled: true, weight: 0.5, cap: 5, settings: { objectsMin: 30 } });
});

test('a client’s own setting lies over the firm’s, and leaves the rest of it', () => {
  const { of } = rules({
    detectors: { surge: { weight: 0.9, settings: { objectsMin: 50, zLimit: 3 } } },
    overrides: [{ tenants: ['acme'], reason: 'r', detectors: { surge: { settings: { objectsMin: 5 } } } }],
  });
  expect(of('surge', 'globex')).toMatchObject({ weight: 0.9, settings: { objectsMin: 50, zLimit: 3 } });
  expect(of('surge', 'acme')).toMatchObject({ weight: 0.9, settings: { objectsMin: 5, zLimit: 3 } });
});

test('a detector that is off for a client is not asked there, and is elsewhere', () => {
  const off = rules({ overrides: [{ tenants: ['acme'], reason: 'r', detectors: { surge: { enabled: false } } }] });
  const asked = (tenant: string) => off.tenant(tenant).map(({ detector }) => detector.name);
  expect(asked('acme')).not.toContain('surge');
  expect(asked('globex')).toContain('surge');
});

test('a firm scene’s finding is dropped only where it is off for every client it is about', () => {
  const off = rules({ overrides: [{ tenants: ['acme'], reason: 'r', detectors: { probing: { enabled: false } } }] });
  expect(off.ruled([finding('probing', ['acme'])])).toEqual([]);
  expect(off.ruled([finding('probing', ['acme', 'globex'])])).toHaveLength(1);
});

test('off for the firm and on for one client: it is heard there alone', () => {
  const one = rules({
    detectors: { probing: { enabled: false, reason: 'r' } },
    overrides: [{ tenants: ['acme'], reason: 'r', detectors: { probing: { enabled: true } } }],
  });
  expect(one.firm.map(({ detector }) => detector.name)).toContain('probing');
  expect(one.ruled([finding('probing', ['globex']), finding('probing', ['acme'])]).map((f) => f.tenants)).toEqual([
    ['acme'],
  ]);
});

test('severity and weight are those of the gravest client concerned', () => {
  const graver = rules({
    overrides: [
      { tenants: ['acme'], reason: 'r', detectors: { surge: { severity: 'critical', weight: 3 } } },
      { tenants: ['globex'], reason: 'r', detectors: { surge: { severity: 'low' } } },
    ],
  });
  const [both, low] = graver.ruled([finding('surge', ['acme', 'globex']), finding('surge', ['globex'])]);
  expect([both?.severity, low?.severity]).toEqual(['critical', 'low']);
  expect(graver.weighing(finding('surge', ['acme', 'globex'])).weight).toBe(3);
  expect(graver.weighing(finding('surge', ['globex'])).weight).toBe(0.5);
});
