import { useEffect, useRef, useState } from 'react';
import { type Route, readRoute } from './address.ts';
import { AlertPage } from './alert-page.tsx';
import { AlertsPage } from './alerts-page.tsx';
import { ClientPage } from './client/client-page.tsx';
import { Gate } from './gate.tsx';
import { Help } from './help.tsx';
import { useKeys } from './keys.ts';
import { Link } from './link.tsx';
import { useAddress } from './route.ts';
import { useSession } from './session.ts';
import { ZoneOfReader, ZoneSwitch } from './zone.tsx';

export function App() {
  const { standing, leave } = useSession();
  if (standing.is === 'asking') {
    return (
      <main className="gate">
        <p role="status">Asking Cordon…</p>
      </main>
    );
  }
  if (standing.is === 'shut') return <Gate why={standing.why} />;
  const { firm } = standing.session;
  return (
    <ZoneOfReader firmZone={firm.time_zone}>
      <Frame firm={firm.name} leave={leave} />
    </ZoneOfReader>
  );
}

function Frame({ firm, leave }: { firm: string; leave: () => void }) {
  const address = useAddress();
  const route = readRoute(new URL(address, location.origin));
  const [help, setHelp] = useState(false);
  const main = useFocusAfterMove(address.split('?')[0] ?? '');
  useKeys({ '?': () => setHelp(true) });
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <nav aria-label="Cordon">
          <Link to={{ page: 'alerts' }} className="brand" aria-current={route.page === 'alerts' ? 'page' : undefined}>
            <Shield /> Cordon
          </Link>
          <span className="firm">{firm}</span>
        </nav>
        <div className="tools">
          <ZoneSwitch />
          <button type="button" className="plain" onClick={() => setHelp(true)} aria-keyshortcuts="?">
            Keys <kbd>?</kbd>
          </button>
          <button type="button" className="plain" onClick={leave}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Page route={route} />
      </main>
      <Help open={help} close={() => setHelp(false)} />
    </>
  );
}

function Page({ route }: { route: Route }) {
  if (route.page === 'alerts') return <AlertsPage state={route.state} />;
  if (route.page === 'alert') return <AlertPage key={route.alert} id={route.alert} />;
  if (route.page === 'client') return <ClientPage key={route.client} route={route} />;
  return (
    <div className="sheet">
      <h1>There is no such page</h1>
      <p>
        <Link to={{ page: 'alerts' }}>Go to the alerts</Link>
      </p>
    </div>
  );
}

/** A page that was exchanged under a screen reader's feet says so by taking the focus. */
function useFocusAfterMove(pathname: string) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(pathname);
  useEffect(() => {
    if (first.current === pathname) return;
    first.current = pathname;
    main.current?.focus();
    window.scrollTo(0, 0);
  }, [pathname]);
  return main;
}

function Shield() {
  return (
    <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true" className="shield">
      <path d="M16 2 28 6v9c0 8-5 12-12 15C9 27 4 23 4 15V6Z" />
      <path className="bars" d="M10 12v9M16 10v11M22 12v9" />
    </svg>
  );
}
