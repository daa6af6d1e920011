/** The accesses as a table: the same that the drawing shows, in words, for eyes and for screen readers. */
import type { AccessLine } from '../../../server/api.ts';
import { shortened, visible } from '../visible.ts';
import { useClock } from '../zone.tsx';

interface AccessTableProps {
  readonly accesses: readonly AccessLine[];
  readonly selected?: string | undefined;
  readonly open: (access: AccessLine) => void;
}

export function AccessTable({ accesses, selected, open }: AccessTableProps) {
  const { zone } = useClock();
  return (
    <table className="accesses">
      <caption className="unseen">Accesses in order of time, times in {zone}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col" className="who">
            Who
          </th>
          <th scope="col">Did what</th>
          <th scope="col">Explained by</th>
        </tr>
      </thead>
      <tbody>
        {accesses.map((access) => (
          <Row key={access.id} access={access} selected={access.id === selected} open={open} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly access: AccessLine;
  readonly selected: boolean;
  readonly open: (access: AccessLine) => void;
}

function Row({ access, selected, open }: RowProps) {
  const { moment, exact } = useClock();
  const refused = access.outcome !== 'success';
  return (
    <tr aria-current={selected ? 'true' : undefined} id={`access-${access.id}`}>
      <td className="when">
        <button type="button" className="row" onClick={() => open(access)} title={exact(access.at)}>
          <time dateTime={access.at}>{moment(access.at)}</time>
          <span className="unseen">
            , {access.who} {access.action}
          </span>
        </button>
      </td>
      <td className="who">{access.who}</td>
      <td className="what">
        <span className="who-too">{access.who} </span>
        <span className="action">{access.action.replace('_', ' ')}</span>{' '}
        {refused && <span className="refused">{access.outcome}</span>}{' '}
        <bdi className="object" title={access.object && visible(access.object)}>
          {access.object ? visible(shortened(access.object)) : 'no object recorded'}
        </bdi>
      </td>
      <td className="why">
        <ExplainedBy by={access.explained_by} />
      </td>
    </tr>
  );
}

function ExplainedBy({ by }: { by: string | null | undefined }) {
  if (by === undefined) return <span className="quiet">not judged yet</span>;
  if (by !== null) return by;
  return (
    <span className="nothing">
      <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        <path d="M5 0 10 5 5 10 0 5Z" />
      </svg>{' '}
      nothing
    </span>
  );
}
