/** What `--help` prints: examples first. */
import { type Command, globalOptions, type Option } from './command.ts';
import type { Verb } from './verbs.ts';

export function helpOf(command: Command, summary: string): string {
  const options = Object.entries<Option>({ ...command.options, ...globalOptions }).map(([name, option]) => {
    const flag = `${option.short ? `-${option.short}, ` : ''}--${name}${option.value ? ` ${option.value}` : ''}`;
    return [flag, option.help] as const;
  });
  const width = Math.max(...options.map(([flag]) => flag.length));
  return [
    ...command.examples.map((example) => `  ${example}`),
    '',
    `cordon ${[command.name, command.positionals].filter(Boolean).join(' ')} [OPTIONS]: ${summary}`,
    '',
    ...options.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    '',
  ].join('\n');
}

export function overview(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  return [
    'cordon VERB [OPTIONS]; `cordon VERB --help` starts with examples',
    '',
    ...verbs.map(({ name, summary }) => `  cordon ${name.padEnd(width)}  ${summary}`),
    '',
  ].join('\n');
}
