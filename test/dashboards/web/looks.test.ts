import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../helpers/eventually.ts';
import { timeline, visit } from './visit.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['the gate', undefined, 'h1'],
    ['alerts', '/alerts', '.alert-line'],
    ['one alert', '/alerts/00c0ffee00000001', '.accesses td'],
    ['a timeline', timeline, '.accesses td'],
  ])('axe finds nothing wrong with %s', async (_, at, ready) => {
    // The policy would rightly refuse axe, so it is set aside here and here alone.
    await using here = await visit(at, { colorScheme, bypassCSP: true });
    const { page } = here;
    await page.locator(ready).first().waitFor();
    if (at === timeline) {
      await page.locator('.accesses td button').first().click();
      await page.locator('.proof').waitFor();
    }
    await page.addScriptTag({ path: axe });
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((n) => n.html).join(" ")))',
    );
    expect(violations).toEqual([]);
  });

  test.each([
    ['alerts', '/alerts', '.alert-line'],
    ['one alert', '/alerts/00c0ffee00000001', '.accesses td'],
    ['a timeline', timeline, '.accesses td'],
  ])('%s fits a phone of 360 pixels', async (_, at, ready) => {
    await using here = await visit(at, { colorScheme, viewport: { width: 360, height: 760 }, hasTouch: true });
    await here.page.locator(ready).first().waitFor();
    const wider = await here.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(wider).toBe(0);
  });
});

test('a page at rest does no work', async () => {
  await using here = await visit(timeline);
  const { page } = here;
  await page.locator('.accesses td button').first().click();
  await page.locator('.proof').waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  // The processor time of the page's thread: what other processes take from it meanwhile is not its work.
  const busySeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
  };
  await eventually(async () => {
    const before = await busySeconds();
    await page.waitForTimeout(1_000);
    expect((await busySeconds()) - before).toBeLessThan(0.1);
  });
});
