/** What somebody without a session sees, wherever they came from; the address they wanted stays in the bar. */
import { useEffect } from 'react';

export function Gate({ why }: { why: string | undefined }) {
  // Somebody will paste this into a shell, and whoever made the link chose the address.
  const wanted = /^\/[a-z]+\/\w+$/.test(location.pathname) ? ` ${location.pathname}` : '';
  useEffect(() => {
    document.title = 'Cordon: a session is needed';
  }, []);
  return (
    <main className="gate">
      <h1>A session is needed</h1>
      {why && <p role="alert">{why}</p>}
      <p>Cordon shows clients’ data only to somebody who came by a one-time link.</p>
      <ol>
        <li>
          On the machine where Cordon runs, type
          <code className="line">cordon open{wanted}</code>
        </li>
        <li>Open the link that it prints, in this browser. It works once, within 15 minutes.</li>
      </ol>
      <p className="quiet">
        <code>cordon start</code> and <code>cordon demo</code> print one such link when they begin. A session ends after
        half an hour without use, and after 8 hours in any case.
      </p>
    </main>
  );
}
