/** Over mutual TLS, on a real broker that trusts the authority made here. */
import { statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { openKafkaAdmin } from '../../../ingest/bus/kafka-admin.ts';
import { issueCertificate } from '../../../ingest/keys/certificates.ts';
import { authority } from '../../helpers/authority.ts';
import { folder } from '../../helpers/folder.ts';
import { startBroker } from '../../helpers/kafka.ts';
import { kafkaConfigOf } from '../../helpers/kafka-config.ts';

test('a certificate is the Kafka user it was issued for; one of another authority, or none, is no way in', async () => {
  using dir = folder();
  const { caFile, certFile, keyFile } = issueCertificate(dir.path, 'edge-lon', dir.file('out'));
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  const stranger = authority(dir.path, 'stranger').issue('edge-lon');
  await using broker = await startBroker({
    trusted: [caFile],
    properties: ['super.users=User:ANONYMOUS;User:edge-lon'],
  });
  const open = (ssl: { ca_file: string; cert_file: string | undefined; key_file: string | undefined }) =>
    openKafkaAdmin({
      env: {},
      log: createLog('silent'),
      config: kafkaConfigOf(broker, { brokers: [broker.mutual], ssl }),
    });
  const brokersCa = broker.authority.caFile;
  {
    await using admin = await open({ ca_file: brokersCa, cert_file: certFile, key_file: keyFile });
    // Only a super user may ask this.
    expect(await admin.rules([])).toEqual({ rules: [], strays: [] });
  }
  const strange = { ca_file: brokersCa, cert_file: stranger.certFile, key_file: stranger.keyFile };
  for (const ssl of [strange, { ca_file: brokersCa, cert_file: undefined, key_file: undefined }])
    await expect(open(ssl).then((admin) => admin.rules([]))).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  // Nor does the client talk to a broker whose authority it does not know.
  await expect(open({ ca_file: caFile, cert_file: certFile, key_file: keyFile })).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
  });
}, 240_000);

test('a user that would write more into the certificate than a name is refused', () => {
  using dir = folder();
  expect(() => issueCertificate(dir.path, 'edge/CN=lander', dir.path)).toThrow('letters, digits');
});
