/** One access: the raw record beside its reading, and the three answers to "why". */
import { useEffect, useRef, useState } from 'react';
import type { ExplanationView, Proof, ReadingField, RecordView, Verdict } from '../../../server/api.ts';
import { useAnswer } from '../ask.ts';
import { visible } from '../visible.ts';
import { useClock } from '../zone.tsx';
import { RawRecord } from './raw-record.tsx';

interface PanelProps {
  readonly client: string;
  readonly access: string;
  /** Changes when the reader asked for the panel itself, which then takes the focus. */
  readonly asked: number;
  readonly close: () => void;
}

export function AccessPanel({ client, access, asked, close }: PanelProps) {
  const base = `/api/clients/${encodeURIComponent(client)}/accesses/${encodeURIComponent(access)}`;
  const record = useAnswer<RecordView>(`${base}/record`);
  const why = useAnswer<ExplanationView>(`${base}/explanation`);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (asked > 0) heading.current?.focus();
  }, [asked]);
  return (
    <aside className="panel" aria-labelledby="panel-title">
      <div className="panel-head">
        <h2 id="panel-title" ref={heading} tabIndex={-1}>
          {record.value ? <Title view={record.value} /> : 'Access'}
        </h2>
        <button type="button" className="plain" onClick={close} aria-keyshortcuts="Escape">
          Close <kbd>Esc</kbd>
        </button>
      </div>
      <p role="status" className={record.refused ? 'bad' : 'unseen'}>
        {record.refused?.message ?? (record.loading ? 'Loading the record…' : 'The record is shown.')}
      </p>
      {why.value && <Why explanation={why.value} />}
      {record.value && <Beside key={record.value.access.id} view={record.value} />}
    </aside>
  );
}

function Title({ view: { access } }: { view: RecordView }) {
  const { moment, zone } = useClock();
  return (
    <>
      {access.who} <span className="action">{access.action.replace('_', ' ')}</span>
      {access.outcome !== 'success' && <span className="refused"> {access.outcome}</span>}
      <small>
        {moment(access.at)} {zone}
      </small>
    </>
  );
}

const questions: ReadonlyMap<Verdict['question'], readonly [asks: string, by: string]> = new Map([
  ['then', ['Then', 'by what was recorded when it happened']],
  ['as_known_then', ['As known then', 'by what was recorded when it arrived']],
  ['as_known_now', ['As known now', 'by what is recorded today']],
]);

function Why({ explanation: { verdicts, looked_for, notes } }: { explanation: ExplanationView }) {
  return (
    <section aria-labelledby="why-title">
      <h3 id="why-title">Was it legitimate?</h3>
      <dl className="verdicts">
        {alike(verdicts).map((group) => (
          <VerdictLine key={group[0].question} group={group} />
        ))}
      </dl>
      {[...notes, ...looked_for].length > 0 && (
        <ul className="looked-for quiet">
          {notes.map((note) => (
            <li key={note}>
              <b>Note:</b> {note}.
            </li>
          ))}
          {looked_for.map((kind) => (
            <li key={kind}>Looked for: {kind}.</li>
          ))}
        </ul>
      )}
    </section>
  );
}

type Group = readonly [Verdict, ...Verdict[]];

/** Questions that follow each other and have the same answer are answered once. */
function alike(verdicts: readonly Verdict[]): readonly Group[] {
  const answer = ({ question: _, ...rest }: Verdict) => JSON.stringify(rest);
  const groups: [Verdict, ...Verdict[]][] = [];
  for (const verdict of verdicts) {
    const group = groups.at(-1);
    if (group && answer(group[0]) === answer(verdict)) group.push(verdict);
    else groups.push([verdict]);
  }
  return groups;
}

function VerdictLine({ group }: { group: Group }) {
  const { moment } = useClock();
  const [{ explained, sentence, fact }] = group;
  const asked = group.map(({ question }) => questions.get(question) ?? ([question, ''] as const));
  return (
    <div className={explained ? 'yes' : 'no'}>
      <dt>
        {asked.map(([asks]) => asks).join(' · ')} {asked.length === 1 && <span className="quiet">{asked[0]?.[1]}</span>}
      </dt>
      <dd>
        <b>{explained ? 'Explained' : 'Unexplained'}.</b> {sentence}
        {fact && (
          <span className="fact">
            {fact.label}
            {fact.from && `; holds from ${moment(fact.from)}`}
            {fact.until && ` until ${moment(fact.until)}`}
            {fact.recorded_at && `; recorded ${moment(fact.recorded_at)}`}
          </span>
        )}
      </dd>
    </div>
  );
}

const origins: Readonly<Record<ReadingField['from'], string>> = {
  record: 'What the record says',
  directory: 'What the directory adds',
  cordon: 'What Cordon adds',
};

function Beside({ view }: { view: RecordView }) {
  const [pointed, setPointed] = useState<string>();
  return (
    <section aria-labelledby="beside-title" className="beside">
      <h3 id="beside-title">The record and its reading</h3>
      <div className="pair">
        <RawRecord view={view} pointed={pointed} />
        <div className="reading">
          {(['record', 'directory', 'cordon'] as const).map((from) => (
            <Fields
              key={from}
              title={origins[from]}
              fields={view.reading.filter((f) => f.from === from)}
              point={setPointed}
            />
          ))}
        </div>
      </div>
      <ProofLine proof={view.proof} />
    </section>
  );
}

interface FieldsProps {
  readonly title: string;
  readonly fields: readonly ReadingField[];
  readonly point: (name: string | undefined) => void;
}

function Fields({ title, fields, point }: FieldsProps) {
  const { exact } = useClock();
  if (fields.length === 0) return null;
  const shown = ({ name, value }: ReadingField) =>
    name === 'at' || name === 'seen_at' ? exact(value) : visible(value);
  return (
    <>
      <h4>{title}</h4>
      <dl>
        {fields.map((field) => (
          <div key={field.name} onPointerEnter={() => point(field.name)} onPointerLeave={() => point(undefined)}>
            <dt>{field.label}</dt>
            <dd>
              <bdi>{shown(field)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function ProofLine({ proof }: { proof: Proof }) {
  return (
    <div className={`proof ${proof.matches ? 'holds' : 'broken'}`}>
      <p>
        <b>{proof.matches ? 'The record is the one that was sealed.' : 'The record is not the one that was sealed.'}</b>{' '}
        {proof.matches
          ? 'Its hash, computed now, is the one the access carries.'
          : 'Its hash, computed now, is another than the access carries.'}
      </p>
      <p className="quiet">
        Collector <code>{proof.collector}</code>, batch <code>{proof.seq}</code>, access <code>{proof.index}</code>
        <code className="hash">{proof.records_sha256}</code>
      </p>
    </div>
  );
}
