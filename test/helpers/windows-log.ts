/** A Windows security log as Winlogbeat writes it: one record a minute, of which every fifth is a logon, which is no access. */
const beginning = Date.parse('2026-03-02T00:00:00.000Z');
const minuteMs = 60_000;

export const windowsAt = (n: number): number => beginning + n * minuteMs;

export function windowsLine(n: number): string {
  const isLogon = n % 5 === 0;
  return JSON.stringify({
    '@timestamp': new Date(windowsAt(n)).toISOString(),
    event: { code: isLogon ? '4624' : '4663', outcome: 'success', provider: 'Microsoft-Windows-Security-Auditing' },
    host: { name: 'FS3' },
    winlog: {
      channel: 'Security',
      computer_name: 'FS3.firm.example',
      event_id: isLogon ? '4624' : '4663',
      record_id: 2_275_386 + n,
      event_data: {
        SubjectUserName: 'achan',
        SubjectDomainName: 'FIRM',
        ObjectType: 'File',
        ObjectName: `D:\\Clients\\acme\\paper ${n}.docx`,
        AccessMask: '0x1',
      },
    },
  });
}

/** Lines `from` ≤ n < `until`, but for those that somebody cut out. */
export const windowsLines = (from: number, until: number, cut: readonly [number, number] = [0, 0]): string[] =>
  Array.from({ length: until - from }, (_, i) => from + i)
    .filter((n) => n < cut[0] || n >= cut[1])
    .map(windowsLine);
