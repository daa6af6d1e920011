/** A link within the pages: an ordinary one, which the browser may also open in another tab. */
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { addressOf, type Somewhere } from './address.ts';
import { go } from './route.ts';

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: Somewhere;
  readonly children: ReactNode;
}

export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={addressOf(to)} onClick={follow}>
      {children}
    </a>
  );
}
