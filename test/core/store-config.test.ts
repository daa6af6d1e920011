import { describe, expect, test } from '@jest/globals';
import { storeConfigOf, storeSchema } from '../../core/store-config.ts';

const from = (name: string) => `/etc/cordon/${name}`;
const url = 'https://ch1.hartwell.example:8443';

describe('store', () => {
  test('names a cluster and the servers that questions are spread over', () => {
    const replicas = ['https://ch2.hartwell.example:8443'];
    const given = storeSchema.parse({ url, cluster: 'firm', replicas });
    expect(storeConfigOf(given, from)).toMatchObject({ url, cluster: 'firm', replicas });
    expect(storeConfigOf(storeSchema.parse({ url }), from)).toMatchObject({ cluster: undefined, replicas: [] });
  });

  test.each([
    ['replicas without a cluster', { url, replicas: [url] }],
    ['a replica that passwords would travel to in the clear', { url, cluster: 'firm', replicas: ['http://ch2:8123'] }],
    ['a cluster that would not stay a name in a statement', { url, cluster: 'firm` DROP' }],
    ['more replicas than are tried', { url, cluster: 'firm', replicas: Array.from({ length: 17 }, () => url) }],
  ])('refuses %s', (_, given) => {
    expect(storeSchema.safeParse(given).success).toBe(false);
  });
});
