#!/bin/sh
# Certificates, passwords and the collectors' keys: made once, each put where only its user finds it.
set -eu
umask 077
out=$1
[ -f "$out/kafka/made" ] && exit 0
for folder in kafka clickhouse admin edge vault edge-data vault-data kafka-data clickhouse-data witness; do mkdir -p "$out/$folder"; done

# An authority of this firm's own, for two certificates; its key is not kept.
work=$(mktemp -d)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=cordon-firm \
  -keyout "$work/ca.key" -out "$work/ca.crt" 2>"$work/said"
for server in kafka clickhouse; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$server" \
    -keyout "$work/$server.key" -out "$work/$server.csr" 2>"$work/said"
  echo "subjectAltName=DNS:$server,DNS:localhost,IP:127.0.0.1" >"$work/names"
  openssl x509 -req -in "$work/$server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 3650 \
    -extfile "$work/names" -out "$work/$server.crt" 2>"$work/said"
done
cat "$work/kafka.key" "$work/kafka.crt" >"$out/kafka/chain.pem"
cp "$work/clickhouse.key" "$out/clickhouse/server.key"
cp "$work/clickhouse.crt" "$out/clickhouse/server.crt"
for user in kafka admin edge vault; do cp "$work/ca.crt" "$out/$user/ca.crt"; done
rm -r "$work"

: >"$out/kafka/users"
for user in admin edge vault; do
  password=$(openssl rand -hex 24)
  printf '%s' "$password" >"$out/$user/password"
  echo "$user $password" >>"$out/kafka/users"
done
# 16 bytes in base64, without the letters that a command line could take for a flag.
openssl rand -base64 16 | tr '+/' 'ab' | tr -d '=\n' >"$out/kafka/cluster-id"

# A collector signs what it sends; the vault knows the public half, and so accepts this collector and no other.
for source in fs1 m365; do
  for side in edge-data vault-data; do mkdir -p "$out/$side/keys/collectors"; done
  openssl genpkey -algorithm ed25519 -out "$out/edge-data/keys/collectors/$source.pem"
  openssl pkey -in "$out/edge-data/keys/collectors/$source.pem" -pubout \
    -out "$out/edge-data/keys/collectors/$source.pub.pem"
  cp "$out/edge-data/keys/collectors/$source.pub.pem" "$out/vault-data/keys/collectors/$source.pub.pem"
done

# A client's batches are sealed under the public half of its key; only the vault has the half that opens them.
for client in alder birch cedar _unattributed; do
  for side in edge-data vault-data; do mkdir -p "$out/$side/keys/seal/$client"; done
  openssl genpkey -algorithm x25519 -out "$out/vault-data/keys/seal/$client/1.pem"
  openssl pkey -in "$out/vault-data/keys/seal/$client/1.pem" -pubout -out "$out/vault-data/keys/seal/$client/1.pub.pem"
  cp "$out/vault-data/keys/seal/$client/1.pub.pem" "$out/edge-data/keys/seal/$client/1.pub.pem"
done

# What the store's server has to be told in files: the clients' disks with their keys, users with digests of their passwords.
cat >"$out/vault-data/setup.yaml" <<END
data: $out/vault-data
directory: ${FIRM:-/small-firm}/directory.yaml
sources: {}
store: { url: "https://clickhouse:8443" }
END
cordon tenants disks --config "$out/vault-data/setup.yaml" >"$out/clickhouse/disks.xml"
cordon tenants users --config "$out/vault-data/setup.yaml" >"$out/clickhouse/users.xml"
rm "$out/vault-data/setup.yaml"

# Who runs the other containers: 1000 those of Cordon and of Kafka, 101 ClickHouse's.
if [ "$(id -u)" = 0 ]; then
  chown -R 1000:1000 "$out"
  chown -R 101:101 "$out/clickhouse" "$out/clickhouse-data"
fi
touch "$out/kafka/made"
