import { describe, expect, test } from '@jest/globals';
import { letterOf } from '../../alerts/letter.ts';
import { accesses, notice } from './example.ts';

const { subject, text, html } = letterOf(notice());

test('the subject names the person and the alias, not the client', () => {
  expect(subject).toBe('[Cordon high] Ana Chan and client C-1042');
});

test('the text begins with the one sentence', () => {
  expect(text.split('\n\n')[0]).toBe('Ana Chan opened 41 documents of client C-1042 without being assigned to it.');
});

describe.each([
  ['text', text],
  ['html', html],
])('the %s', (_, body) => {
  test('says why, with the usual range, under the alias', () => {
    expect(body.replace(/\s+/g, ' ')).toContain('41 documents of client C-1042 in 20 minutes; 0 to 3 a day are usual');
  });
  test('holds neither an object nor the id of a client', () => {
    expect(body).not.toMatch(/secret plan|acme|\/srv/);
  });
  test('says when, in the office and in UTC', () => {
    expect(body).toContain('2026-03-04, 17:11:00 to 17:31:00 (America/Toronto, -05:00)');
    expect(body).toContain('2026-03-04, 22:11:00 to 22:31:00 (UTC)');
  });
  test('does not leave out the date where the day changes', () => {
    expect(letterOf(notice({}, { zone: 'Europe/Berlin', accesses: accesses('read', 180) })).text).toContain(
      '2026-03-04, 23:11:00 to 2026-03-05, 00:40:30 (Europe/Berlin, +01:00)',
    );
  });
  test('links to the page', () => expect(body).toContain('http://127.0.0.1:8080/alerts/00112233445566aa'));
  test('says what is not known', () => expect(body).toContain('No source is known to have been late or silent.'));
  test('says what to do next and how to answer', () => {
    expect(body).toContain(
      'cordon timeline --actor p7 --from 2026-03-04T21:00Z --to 2026-03-05T00:00Z --zone America/Toronto',
    );
    expect(body).toContain('cordon bundle --tenant C-1042 --actor p7 --from');
    for (const verb of ['ack', 'close', 'mute'])
      expect(body).toContain(`cordon alerts ${verb} 00112233445566aa --reason`);
  });
});

test('commands are whole lines, also where the configuration lies in an odd place', () => {
  const odd = letterOf(notice({}, { config: "/tmp/Ana's firm/cordon.yaml", program: 'npx cordon' })).text;
  expect(odd.split('\n')).toContain(
    `    npx cordon explain ${'a'.repeat(32)} --config '/tmp/Ana'\\''s firm/cordon.yaml'`,
  );
});

test('prose keeps within 78 columns', () => {
  const long = letterOf(notice({ because: ['word '.repeat(60)] })).text;
  const prose = long.split('\n').filter((line) => !line.startsWith('    '));
  expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(78);
});

test('the HTML has no script, no image, and loads nothing from anywhere', () => {
  expect(html).not.toMatch(/<script|<img|<link|<iframe|@import|url\(|src=/i);
  expect([...html.matchAll(/https?:\/\/[^"<\s]+/g)].map(([url]) => new URL(url).host)).toEqual([
    '127.0.0.1:8080',
    '127.0.0.1:8080',
  ]);
});

test('markup in a name or a reason stays text', () => {
  const attack = '<img src=x onerror=alert(1)>&"\'';
  const evil = letterOf(
    notice({ because: [attack], unknown: [attack] }, { nameOf: () => attack, page: `https://x/"${attack}` }),
  );
  expect(evil.html).not.toContain('<img');
  expect(evil.html).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;');
});

test('a second message says why it comes, under the same subject', () => {
  const second = letterOf(notice({}, { version: 2, say: 'reminder' }));
  expect(second.subject).toBe('Re: [Cordon high] Ana Chan and client C-1042');
  expect(second.text).toContain('A reminder: nobody has answered this alert yet.');
});

test('an endless name does not make an endless subject', () => {
  expect(letterOf(notice({}, { nameOf: () => 'x'.repeat(5_000) })).subject.length).toBeLessThanOrEqual(150);
});
