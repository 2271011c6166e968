#!/bin/sh
# Makes var/backups/<environment>, where the containers of the service may write.
#   docker/make-backups-folder.sh prod
set -eu
folder=$PWD/var/backups/$1
[ ! -d "$folder" ] || exit 0
mkdir -p "$folder"
image=$(sed -n 's|^ *image: \(.*/nginx-unprivileged:.*\)|\1|p' docker/services.yaml)
# In a container, for only there a folder can be given to others.
docker run --rm --network none --user 0 --entrypoint sh --volume "$folder:/backups" "$image" -c 'chown 10001:10001 /backups && chmod 0700 /backups'
