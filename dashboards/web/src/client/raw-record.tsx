/** The record, byte for byte where bytes can be shown; what the pointed-at field was read from stands out. */
import type { RecordView } from '../../../server/api.ts';
import { visible } from '../visible.ts';

/** Shorter values would light up half the record. */
const pointedLengthMin = 2;

export function RawRecord({ view, pointed }: { view: RecordView; pointed: string | undefined }) {
  return (
    <div className="raw">
      <h4>{view.records === 1 ? 'Raw record' : `Raw records, ${view.records}`}</h4>
      {Object.entries(view.raw).map(([place, record]) => (
        <OneRecord key={place} record={record} pointed={pointed} />
      ))}
      {view.records > view.raw.length && (
        <p className="quiet">{view.records - view.raw.length} more; an evidence bundle has them all.</p>
      )}
    </div>
  );
}

function OneRecord({ record, pointed }: { record: RecordView['raw'][number]; pointed: string | undefined }) {
  const shown = record.text ?? record.base64 ?? '';
  return (
    <>
      {record.base64 !== undefined && <p className="quiet">Not UTF-8; shown as base64.</p>}
      {/* A region that scrolls has to be reachable by keys. */}
      <pre tabIndex={0} aria-label="raw record" role="region">
        {record.text === undefined ? shown : <Lit text={shown} pointed={pointed} />}
      </pre>
      {cut(record) && <p className="quiet">The first part of {record.bytes.toLocaleString('en')} bytes.</p>}
    </>
  );
}

const cut = ({ text, base64, bytes }: RecordView['raw'][number]): boolean =>
  text === undefined ? ((base64?.length ?? 0) / 4) * 3 < bytes - 2 : new TextEncoder().encode(text).length < bytes;

function Lit({ text, pointed }: { text: string; pointed: string | undefined }) {
  const at = pointed && pointed.length >= pointedLengthMin ? text.indexOf(pointed) : -1;
  if (at < 0 || !pointed) return visible(text);
  return (
    <>
      {visible(text.slice(0, at))}
      <mark>{visible(pointed)}</mark>
      {visible(text.slice(at + pointed.length))}
    </>
  );
}
