/** A detector's settings as a page or a list shows them: name, default, what it is with its unit. */
import { type Detector, defaultsOf } from '../detectors/detector.ts';

export interface SettingListed {
  readonly name: string;
  readonly value: unknown;
  readonly says: string;
}

export function settingsListed(detector: Detector): SettingListed[] {
  const defaults = defaultsOf(detector);
  return Object.entries(detector.settings.shape).map(([name, type]) => ({
    name,
    value: defaults[name],
    says: (type as { readonly description?: string }).description ?? '',
  }));
}
