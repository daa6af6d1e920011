#!/bin/sh
# One KRaft node: TLS and SCRAM for whoever comes from outside, rights for each, and nothing for whoever has none.
set -eu
home=${KAFKA_HOME:-/opt/kafka}
secrets=${SECRETS:-/secrets}
data=${DATA:-/var/lib/kafka}
outside=${OUTSIDE:-0.0.0.0:9094}
advertised=${ADVERTISED:-kafka:9094}
inside=${INSIDE:-127.0.0.1:9092}
controller=${CONTROLLER:-127.0.0.1:9093}

cat >"$data/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$controller
listeners=OUTSIDE://$outside,INSIDE://$inside,CONTROLLER://$controller
advertised.listeners=OUTSIDE://$advertised,INSIDE://$inside
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
listener.security.protocol.map=OUTSIDE:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.outside.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.outside.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$secrets/chain.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.crt
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs=$data/log
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
END

if [ ! -f "$data/log/meta.properties" ]; then
  set --
  while read -r name password; do
    set -- "$@" --add-scram "SCRAM-SHA-512=[name=$name,password=$password]"
  done <"$secrets/users"
  "$home/bin/kafka-storage.sh" format -t "$(cat "$secrets/cluster-id")" -c "$data/server.properties" "$@"
fi
exec "$home/bin/kafka-server-start.sh" "$data/server.properties"
