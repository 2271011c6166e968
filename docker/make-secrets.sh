#!/bin/sh
# Makes what an environment lacks of its secrets, in var/secrets/<environment>: random, and each readable by the one user of a container
# that needs it. What is there stays as it is: put a password, a certificate or an address of your own in its place.
#   docker/make-secrets.sh prod
set -eu
environment=$1
folder=$PWD/var/secrets/$environment

names='azure_blob_account_key azure_blob_sas_token database_url mailer_dsn mercure_jwt_secret messenger_transport_dsn mysql_password
  mysql_root_password rabbitmq.conf redis.conf redis_url search_url tls.crt tls.key'
missing=''
for name in $names; do [ -e "$folder/$name" ] || missing="$missing $name"; done
[ -n "$missing" ] || exit 0
echo "var/secrets/$environment gets$missing" >&2
mkdir -p "$folder"

image_of() { sed -n "s|^ *image: \(\(.*/\)\{0,1\}$1:.*\)|\1|p" docker/services.yaml; }
# A stack may be without some of them, and their images too.
user_of() { docker run --rm --network none --entrypoint id "$(image_of "$1")" -u "$1" 2>/dev/null || echo 999; }

# In a container, for only there files can be given to others; in this one, because it has openssl.
docker run --rm --interactive --network none --user 0 --entrypoint sh --volume "$folder:/secrets" \
  --env "environment=$environment" --env "mysql=$(user_of mysql)" --env "rabbitmq=$(user_of rabbitmq)" --env "redis=$(user_of redis)" \
  "$(image_of nginx-unprivileged)" -s <<'INSIDE'
set -eu
cd /secrets
holdfast=10001 nginx=101

keep() { # <name> <user>: the input, where there is none yet
  content=$(cat; echo .)
  [ -e "$1" ] && return
  printf %s "${content%.}" > ".$1"
  chown "$2" ".$1"
  chmod 0400 ".$1"
  mv ".$1" "$1"
}
random() { openssl rand -hex 24 | tr -d '\n'; }

random | keep mysql_root_password "$mysql"
random | keep mysql_password "$mysql"
printf 'mysql://holdfast:%s@mysql:3306/holdfast' "$(cat mysql_password)" | keep database_url "$holdfast"

printf 'default_user = holdfast\ndefault_pass = %s\n' "$(random)" | keep rabbitmq.conf "$rabbitmq"
printf 'amqp://holdfast:%s@rabbitmq:5672' "$(sed -n 's/^default_pass = //p' rabbitmq.conf)" | keep messenger_transport_dsn "$holdfast"

printf 'requirepass %s\nsave ""\nmaxmemory 128mb\nmaxmemory-policy allkeys-lru\ndir /data\n' "$(random)" | keep redis.conf "$redis"
printf 'redis://:%s@redis:6379' "$(sed -n 's/^requirepass //p' redis.conf)" | keep redis_url "$holdfast"

printf 'http://elasticsearch:9200' | keep search_url "$holdfast"
random | keep mercure_jwt_secret "$holdfast"

# An empty one is as good as none: a folder instead of Azure, files instead of a mail server. Azurite's key is no secret.
case $environment in
dev | test)
  printf 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==' | keep azure_blob_account_key "$holdfast"
  printf 'smtp://mailpit:1025' | keep mailer_dsn "$holdfast"
  ;;
*)
  printf '' | keep azure_blob_account_key "$holdfast"
  printf '' | keep mailer_dsn "$holdfast"
  ;;
esac
printf '' | keep azure_blob_sas_token "$holdfast"

if ! [ -e tls.key ] || ! [ -e tls.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout /tmp/tls.key -out /tmp/tls.crt 2>/dev/null
  rm -f tls.key tls.crt
  keep tls.key "$nginx" < /tmp/tls.key
  keep tls.crt "$nginx" < /tmp/tls.crt
  chmod 0444 tls.crt # for those who check it
fi
INSIDE
