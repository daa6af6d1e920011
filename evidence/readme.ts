/** `data/README.txt`: for somebody who has the bundle and nothing of ours. */
import type { BundleQuery } from './verify-format.ts';

export const readme = (query: BundleQuery): string => `WHAT THIS IS

Accesses to the data of one client, "${query.tenant}", from ${query.from} until ${query.until} (the end
not included)${query.actor ? `, by the person or service "${query.actor}" only` : ''}. An access is one act of a person or a program on one object: reading a
file, running a query, sharing a folder. Times are UTC.

  data/accesses.ndjson  one access a line, character for character as it was sealed when it arrived
  data/records.ndjson   on the same line: what the firm's systems wrote in their own logs, byte for byte.
                        A record is text, or {"base64": ...} where its bytes are not UTF-8 text.
  data/proofs.ndjson    on the same line: where the access was sealed, and the hashes that lead to the signed root
  data/chain/           for each collector, the signed headers of its batches, each naming the one before it
  data/keys/            the collectors' public keys
  data/gaps.json        what is known to be missing, and where each collector's run of batches begins and ends
  data/custody.ndjson   who made or redacted this bundle, when, with which question and which key

A line {"redacted": ...} stands for an access that was taken out; its hash shows that it was there.

HOW TO CHECK IT

In the folder that holds bagit.txt (this is a BagIt 1.0 bag, RFC 8493):

  sha256sum -c tagmanifest-sha256.txt
  sha256sum -c manifest-sha256.txt
  openssl pkeyutl -verify -pubin -inkey exporter.pub.pem -rawin -in manifest-sha256.txt -sigfile manifest.sig

The first two say that no file was changed, the third that the list of files was signed by the exporter's key.
Compare that key with the one you were given in some other way (by telephone, in a letter), by its fingerprint:

  openssl pkey -pubin -in exporter.pub.pem -outform DER | sha256sum

"cordon verify FILE" checks all of that and each access besides, without a server. The format is open (docs/formats.md
of Cordon): a script of two pages does the same with a standard library and openssl.

WHAT IS PROVEN

- Each access on the list was sealed by the collector that signed its batch, in that place, with these very records,
  and nothing of it was changed since.
- Between the first and the last batch shown of each collector, no batch was dropped, changed, reordered or put in.
- Who signed the bundle, if you trust the exporter's key.

WHAT IS NOT PROVEN

- That a source wrote the truth: the seal begins at the collector. What a source left out cannot be shown.
- That nothing happened while a source was silent: data/gaps.json lists the silences that are known.
- That every access of the range is on the list, when the list is of one person: the lines of others in the same
  batches are not shown, and each batch header says how many lines it has in all.
- The times themselves: they are those of the source's clock ("at") and of the collector's ("seen_at").
- If you take the keys from this bundle only, you prove that it is consistent, not who made it.
`;
