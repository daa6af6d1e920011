/** The record, byte for byte where bytes can be shown; what a field was read from is marked, and says which. */
import type { ReadingField, RecordView } from '../../../server/api.ts';
import { visible } from '../visible.ts';
import { segments } from './segments.ts';

export function RawRecord({ view, pointed }: { view: RecordView; pointed: string | undefined }) {
  return (
    <div className="raw">
      <h4>{view.records === 1 ? 'Raw record' : `Raw records, ${view.records}`}</h4>
      {Object.entries(view.raw).map(([place, record]) => (
        <OneRecord key={place} record={record} reading={view.reading} pointed={pointed} />
      ))}
      {view.records > view.raw.length && (
        <p className="quiet">{view.records - view.raw.length} more; an evidence bundle has them all.</p>
      )}
    </div>
  );
}

interface OneRecordProps {
  readonly record: RecordView['raw'][number];
  readonly reading: readonly ReadingField[];
  readonly pointed: string | undefined;
}

function OneRecord({ record, reading, pointed }: OneRecordProps) {
  return (
    <>
      {record.base64 !== undefined && <p className="quiet">Not UTF-8; shown as base64.</p>}
      <pre>
        {record.text === undefined ? record.base64 : <Marked text={record.text} reading={reading} pointed={pointed} />}
      </pre>
      {cut(record) && <p className="quiet">The first part of {record.bytes.toLocaleString('en')} bytes.</p>}
    </>
  );
}

const cut = ({ text, base64, bytes }: RecordView['raw'][number]): boolean =>
  text === undefined ? ((base64?.length ?? 0) / 4) * 3 < bytes : new TextEncoder().encode(text).length < bytes;

function Marked({
  text,
  reading,
  pointed,
}: {
  text: string;
  reading: readonly ReadingField[];
  pointed: string | undefined;
}) {
  return Object.entries(segments(text, reading)).map(([place, { text: part, field }]) =>
    field ? (
      <mark key={place} className={field.name === pointed ? 'lit' : undefined} title={field.label}>
        {visible(part)}
      </mark>
    ) : (
      <span key={place}>{visible(part)}</span>
    ),
  );
}
