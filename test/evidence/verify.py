"""Checks an unpacked evidence bundle from docs/formats.md alone: the standard library and the openssl command.

Usage: python3 verify.py FOLDER    exit 0 if it holds, 1 if not. It shares no code with Cordon on purpose.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

root = sys.argv[1]


def fail(text):
    print("BROKEN: " + text)
    sys.exit(1)


def read(name):
    with open(os.path.join(root, name), "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).digest()


def signed(key, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "message", "signature")]
        for path, data in zip(paths, (key, message, signature)):
            with open(path, "wb") as file:
                file.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths[0], "-rawin", "-in", paths[1], "-sigfile", paths[2]]
        return subprocess.run(command, capture_output=True).returncode == 0


def check_manifests():
    there = set()
    for folder, _, names in os.walk(root):
        for name in names:
            there.add(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
    listed = {"tagmanifest-sha256.txt"}
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        for line in read(manifest).decode().splitlines():
            digest, name = line.split("  ", 1)
            if name not in there:
                fail(name + " is missing")
            if hashlib.sha256(read(name)).hexdigest() != digest:
                fail(name + " was changed")
            listed.add(name)
    for name in there - listed:
        fail(name + " was added")
    if not signed(read("exporter.pub.pem"), read("manifest-sha256.txt"), read("manifest.sig")):
        fail("manifest.sig does not fit")


def keys_in(pem):
    end = b"-----END PUBLIC KEY-----"
    return [block + end + b"\n" for block in pem.split(end)[:-1]]


def check_chains(tenant):
    roots = {}
    folder = os.path.join(root, "data", "chain")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        keys = keys_in(read("data/keys/" + name[: -len(".ndjson")] + ".pub.pem"))
        previous = None
        for line in read("data/chain/" + name).decode().splitlines():
            entry = json.loads(line)
            block = entry["block"].encode()
            header = dict(row.split(": ", 1) for row in entry["block"].splitlines())
            seq = int(header["seq"])
            place = header["collector"] + "/" + header["seq"]
            if header["tenant"] != tenant or not any(signed(key, block, base64.b64decode(entry["sig"])) for key in keys):
                fail("batch " + place + " is not signed")
            if previous is None and seq == 0 and header["prev"] != "0" * 64:
                fail("batch " + place + " is no first batch")
            if previous is not None and (seq != previous[0] + 1 or header["prev"] != previous[1]):
                fail("batch " + place + " does not follow batch " + str(previous[0]))
            previous = (seq, hashlib.sha256(block).hexdigest())
            roots[header["collector"], seq] = (bytes.fromhex(header["root"]), int(header["count"]))
    return roots


def climb(leaf, index, width, path):
    path = list(path)
    while width > 1:
        sibling = index ^ 1
        if sibling < width:
            if not path:
                return b""
            other = path.pop(0)
            leaf = sha256(b"\x01" + (leaf + other if index % 2 == 0 else other + leaf))
        index //= 2
        width = (width + 1) // 2
    return b"" if path else leaf


def digest_of(records):
    digests = [sha256(record) for record in records]
    return (digests[0] if len(digests) == 1 else sha256(b"".join(digests))).hex()


def check_accesses(roots, query):
    files = [read("data/" + name + ".ndjson").split(b"\n")[:-1] for name in ("accesses", "records", "proofs")]
    if len({len(lines) for lines in files}) != 1:
        fail("accesses, records and proofs are not as many")
    shown = redacted = 0
    last = ("", "")
    for number, (line, records, proof) in enumerate(zip(*files), 1):
        proof = json.loads(proof)
        top, count = roots[proof["collector"], proof["seq"]]
        hidden = "leaf" in proof
        leaf = bytes.fromhex(proof["leaf"]) if hidden else sha256(b"\x00" + bytes.fromhex(proof["salt"]) + line)
        path = [bytes.fromhex(one) for one in proof["proof"]]
        if proof["index"] >= count or climb(leaf, proof["index"], count, path) != top:
            fail("line %d of accesses.ndjson is not what was sealed" % number)
        if hidden:
            redacted += 1
            continue
        access, records = json.loads(line), json.loads(records)
        raw = [one.encode() if isinstance(one, str) else base64.b64decode(one["base64"]) for one in records["raw"]]
        if records["id"] != access["id"] or digest_of(raw) != access["records_sha256"]:
            fail("line %d of records.ndjson is not what was sealed" % number)
        if access["tenant"] != query["tenant"] or not query["from"] <= access["at"] < query["until"]:
            fail("line %d is outside the range" % number)
        if (access["at"], access["id"]) <= last:
            fail("line %d is out of order" % number)
        last = (access["at"], access["id"])
        shown += 1
    return shown, redacted


check_manifests()
query = json.loads(read("data/custody.ndjson").splitlines()[0])["query"]
roots = check_chains(query["tenant"])
shown, redacted = check_accesses(roots, query)
print("HOLDS: %d accesses, %d redacted, %d batches" % (shown, redacted, len(roots)))
