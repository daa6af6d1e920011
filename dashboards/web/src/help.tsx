import { useEffect, useRef, useState } from 'react';
import { keysOn, switchKeys } from './keys.ts';

const keys = [
  ['j', 'k', 'next, previous alert or access'],
  ['Enter', '', 'open it'],
  ['Esc', '', 'close the panel; on an alert, back to the list'],
  ['+', '−', 'zoom the timeline in, out'],
  ['[', ']', 'earlier, later'],
  ['0', '', 'the whole span'],
  ['?', '', 'this help'],
] as const;

export function Help({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [on, setOn] = useState(keysOn);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {keys.map(([key, other, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd> {other && <kbd>{other}</kbd>}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={on}
          onChange={({ target }) => {
            switchKeys(target.checked);
            setOn(target.checked);
          }}
        />
        Single keys work (Enter, Esc and Tab always do)
      </label>
      <h2>The drawing</h2>
      <p>
        A band is a stretch of time in which a fact allowed this person to work for the client. A hatched band was
        recorded only after it had begun. A diamond is an access that nothing explained when it arrived; a cross was
        refused. Drag across the drawing to zoom.
      </p>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
