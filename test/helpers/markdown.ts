/** The project's own pages, and what tests look for in them. */
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const folders = ['', 'docs/', 'docs/decisions/', 'examples/small-firm/'];

export interface Page {
  /** From the root of the project. */
  readonly path: string;
  readonly url: URL;
  readonly text: string;
}

export function pageAt(path: string): Page {
  const url = new URL(path, root);
  return { path, url, text: readFileSync(url, 'utf8') };
}

export const pages: readonly Page[] = folders.flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => pageAt(`${folder}${name}`)),
);

/** What stands between fences of a language. */
export const fenced = ({ text }: Page, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, body]) =>
    of === language && body !== undefined ? [body] : [],
  );

/** Lines that are indented as a block: what a command prints, in prose. */
export const printed = ({ text }: Page): string[] =>
  text
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .split('\n')
    .filter((line) => /^ {4,}\S/.test(line))
    .map((line) => line.slice(4));

/** Targets of links and pictures that lie in the project, without their anchor. */
export const localLinks = ({ text }: Page): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) =>
    /^(https?:|mailto:|#)/.test(target) ? [] : [target.replace(/#.*$/, '')],
  );
