#!/bin/sh
# The store: HTTPS alone, the clients' encrypted disks, and users who each may read or write one client and no more.
set -eu
secrets=${SECRETS:-/secrets}
data=${DATA:-/var/lib/clickhouse}
listen=${LISTEN:-0.0.0.0}
port=${PORT:-8443}
config=$data/config
mkdir -p "$config" "$data/store"

cat >"$config/config.xml" <<END
<clickhouse>
<logger><level>warning</level><console>1</console></logger>
<listen_host>$listen</listen_host>
<https_port>$port</https_port>
<openSSL><server>
<certificateFile>$secrets/server.crt</certificateFile>
<privateKeyFile>$secrets/server.key</privateKeyFile>
<disableProtocols>sslv2,sslv3,tlsv1,tlsv1_1</disableProtocols>
</server></openSSL>
<path>$data/store/</path>
<user_directories><users_xml><path>$secrets/users.xml</path></users_xml></user_directories>
</clickhouse>
END
mkdir -p "$config/config.d"
ln -sfn "$secrets/disks.xml" "$config/config.d/disks.xml"
exec clickhouse server --config-file="$config/config.xml"
