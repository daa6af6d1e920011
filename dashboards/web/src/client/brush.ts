/** Dragging across the drawing: a press and a short way is a click, a longer way is a stretch of time. */
import { type PointerEvent, useState } from 'react';

const clickPixelsMax = 4;

export interface Brush {
  /** Pixels from the left, while dragging. */
  readonly drawn: { readonly left: number; readonly width: number } | undefined;
  readonly handlers: {
    onPointerDown(event: PointerEvent<HTMLElement>): void;
    onPointerMove(event: PointerEvent<HTMLElement>): void;
    onPointerUp(event: PointerEvent<HTMLElement>): void;
    onPointerCancel(): void;
  };
}

interface BrushActs {
  readonly click: (x: number, target: Element) => void;
  readonly stretch: (a: number, b: number) => void;
}

/** `left`: where the lanes begin inside the element that gets the handlers. */
export function useBrush(left: number, width: number, { click, stretch }: BrushActs): Brush {
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const xOf = (event: PointerEvent<HTMLElement>) =>
    Math.min(width, Math.max(0, event.clientX - event.currentTarget.getBoundingClientRect().left - left));
  const drawn = drag && { left: left + Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) };
  return {
    drawn: drawn && drawn.width > clickPixelsMax ? drawn : undefined,
    handlers: {
      onPointerDown(event) {
        if (event.button !== 0 || (event.target as Element).closest('button')) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: xOf(event), to: xOf(event) });
      },
      onPointerMove(event) {
        if (drag) setDrag({ from: drag.from, to: xOf(event) });
      },
      onPointerUp(event) {
        if (!drag) return;
        setDrag(undefined);
        const to = xOf(event);
        const below = document.elementFromPoint(event.clientX, event.clientY);
        if (Math.abs(to - drag.from) > clickPixelsMax) stretch(drag.from, to);
        else if (below) click(to, below);
      },
      onPointerCancel: () => setDrag(undefined),
    },
  };
}
