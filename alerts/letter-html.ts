/**
 * The HTML half of a letter. No script, no remote content, nothing that tells whether it was opened; it follows the
 * reader's light or dark mode where the mail program does, and is readable where it strips the styles.
 */
import type { LetterBody } from './letter.ts';
import type { Step } from './steps.ts';

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const style = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; background: #f3f4f6; color: #1b1f24; font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.page { max-width: 640px; margin: 0 auto; padding: 24px 16px; }
.card { background: #ffffff; border: 1px solid #d8dce2; border-radius: 8px; padding: 24px; }
.tag { display: inline-block; font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 12px; background: #e7eaef; color: #3a424d; }
.critical { background: #7f1d1d; color: #ffffff; }
.high { background: #fde2e0; color: #8c1d18; }
.medium { background: #fdf0cf; color: #6b4700; }
h1 { font-size: 20px; line-height: 1.35; margin: 14px 0 4px; font-weight: 650; }
h2 { font-size: 14px; margin: 24px 0 6px; color: #57606b; font-weight: 600; }
p, ul { margin: 0 0 8px; }
ul { padding-left: 20px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
td { padding: 6px 12px 6px 0; border-top: 1px solid #e4e7ec; vertical-align: top; }
.soft { color: #57606b; overflow-wrap: anywhere; }
.button { display: inline-block; margin: 18px 0 4px; padding: 10px 18px; border-radius: 6px; background: #1f4fd8; color: #ffffff; text-decoration: none; font-weight: 600; }
pre { margin: 2px 0 10px; padding: 10px 12px; border-radius: 6px; background: #f3f4f6; border: 1px solid #e4e7ec; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.foot { padding: 16px 8px; font-size: 13px; color: #57606b; }
@media (prefers-color-scheme: dark) {
  body { background: #14171b; color: #e6e9ee; }
  .card { background: #1d2126; border-color: #343b44; }
  .tag { background: #343b44; color: #d5dae1; }
  .critical { background: #c0362c; color: #ffffff; }
  .high { background: #5a211d; color: #ffd9d5; }
  .medium { background: #4a3a10; color: #ffe9b0; }
  h2, .soft, .foot { color: #a3acb8; }
  td { border-color: #343b44; }
  pre { background: #14171b; border-color: #343b44; }
  .button { background: #7ea2ff; color: #0b1430; }
}
`;

export function letterHtml(body: LetterBody): string {
  const again = body.again === undefined ? '' : `<p class="soft">${escaped(body.again)}</p>`;
  const page =
    body.page === undefined
      ? ''
      : `<a class="button" href="${escaped(body.page)}">Open the timeline</a><p class="soft">${escaped(body.page)}</p>`;
  const unknown = body.unknown.length > 0 ? body.unknown : ['No source is known to have been late or silent.'];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(body.lead)}</title>
<style>${style}</style>
</head>
<body>
<div class="page">
<div class="card">
<span class="tag ${escaped(body.severity)}">${escaped(body.severity)}</span>
<h1>${escaped(body.lead)}</h1>
${again}
${page}
<h2>Why</h2>
${list(body.because)}
${clientTable(body)}
<h2>What is not known</h2>
${list(unknown)}
<h2>When</h2>
${body.when.map((line, index) => `<p${index > 0 ? ' class="soft"' : ''}>${escaped(line)}</p>`).join('\n')}
<h2>What to do next</h2>
${body.steps.map(step).join('\n')}
<h2>When you have looked</h2>
${body.answers.map(step).join('\n')}
</div>
<div class="foot">
${body.foot.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
</div>
</div>
</body>
</html>
`;
}

const list = (items: readonly string[]): string =>
  `<ul>\n${items.map((text) => `<li>${escaped(text)}</li>`).join('\n')}\n</ul>`;

const step = ({ why, command }: Step): string => `<p>${escaped(why)}:</p>\n<pre>${escaped(command)}</pre>`;

function clientTable({ clients }: LetterBody): string {
  if (clients.length === 0) return '';
  const rows = clients.map(
    ({ alias, standing, acts }) =>
      `<tr><td><strong>${escaped(alias)}</strong><br><span class="soft">${escaped(standing)}</span></td><td>${escaped(acts)}</td></tr>`,
  );
  return `<h2>Which clients</h2>\n<table role="presentation">\n${rows.join('\n')}\n</table>`;
}
