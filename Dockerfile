# syntax=docker/dockerfile:1
# One image for every role; its command is one of the service's own: serve, work, migrate, run (docs/commands.md).
#   docker build --build-arg BUILD_ARGUMENT_ENV=prod -t holdfast:prod .
# A release names its base by digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:...

ARG BUILD_ARGUMENT_ENV=dev
# What is left of <environment> when each that is known was taken away: nothing, or one that is refused.
ARG LEFT=<${BUILD_ARGUMENT_ENV}>
ARG LEFT=${LEFT#<dev>}
ARG LEFT=${LEFT#<test>}
ARG LEFT=${LEFT#<staging>}
ARG LEFT=${LEFT#<prod>}
ARG CHOSEN=${LEFT:+refused}

FROM ${NODE_IMAGE:-node:24.21.0-bookworm-slim} AS base
WORKDIR /app

FROM base AS refused
ARG BUILD_ARGUMENT_ENV
RUN echo "BUILD_ARGUMENT_ENV is '$BUILD_ARGUMENT_ENV', and must be dev, test, staging or prod" >&2 && exit 1

# The packages change with the manifests alone: an edit of the source installs nothing.
FROM base AS manifests
COPY package.json package-lock.json .npmrc ./
# One by one: what a pattern finds is looked at anew after each edit, and then everything is installed again.
COPY apps/media/package.json apps/media/
COPY packages/correlation/package.json packages/correlation/
COPY packages/database/package.json packages/database/
COPY packages/idempotency/package.json packages/idempotency/
COPY packages/messenger/package.json packages/messenger/

FROM manifests AS every-package
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM manifests AS needed-packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund
# Types, maps, words, and what is made for browsers: nothing of it is ever loaded.
RUN find node_modules -type f \( -name '*.ts' -o -name '*.[mc]ts' -o -name '*.map' -o -name '*.md' \) ! -iname 'licen[cs]e*' -delete \
 && rm -rf node_modules/@azure/*/dist/browser node_modules/@azure/*/dist/react-native \
           node_modules/@typespec/*/dist/browser node_modules/@typespec/*/dist/react-native node_modules/.cache

# What Node and the packages need of an operating system, and nothing else: no shell, no package manager.
FROM base AS system
COPY --from=needed-packages /app/node_modules /node_modules
RUN <<'EOT'
set -eu
mkdir -p /system/etc /system/usr/local/bin
cp /usr/local/bin/node /system/usr/local/bin/
{ echo /usr/local/bin/node; find /node_modules -name '*.node' -o -name '*.so' -o -name '*.so.*'; } > /programs
xargs ldd < /programs > /loaded
if grep 'not found' /loaded | grep -v libvips; then exit 1; fi
grep -Eo '[[:space:]]/(usr/)?lib[^ ]+' /loaded | sort -u | xargs -I{} cp -L --parents {} /system
cp -L /etc/os-release /system/etc/
# Whose they are: Debian knows some by their path before /lib became a link.
for library in $(find /system -name '*.so*' | sed 's|^/system||'); do
  dpkg-query --search "$library" "/usr$library" 2>/dev/null | sed 's/: .*//'
done | sort -u | xargs dpkg-query --show --showformat '${Package}\t${Version}\t${Architecture}\n' base-files > /debian-packages
echo 'hosts: files dns' > /system/etc/nsswitch.conf
printf '%s\n' 'root:x:0:0::/:/nonexistent' 'holdfast:x:10001:10001::/data:/nonexistent' > /system/etc/passwd
printf '%s\n' 'root:x:0:' 'holdfast:x:10001:' > /system/etc/group
install -d -m 1777 /system/tmp
install -d -m 0700 -o 10001 -g 10001 /system/data
# The front writes there too, as one of this group.
install -d -m 2770 -o 10001 -g 10001 /system/logs
# For a volume of blobs that the front reads, where it sends them: docs/platform.md.
install -d -m 2750 -o 10001 -g 10001 /system/blobs
EOT

# What it is made of, for those who ask which images have a part with a hole.
FROM system AS parts
COPY --from=needed-packages /app /parts
COPY tools/sbom /sbom
RUN node /sbom/write-sbom.ts /parts /debian-packages > /sbom.cdx.json

FROM scratch AS prod
COPY --from=system /system /
COPY --from=parts /sbom.cdx.json /app/
LABEL dev.holdfast.sbom="/app/sbom.cdx.json"
WORKDIR /app
COPY --from=needed-packages /app/node_modules ./node_modules
COPY package.json .env* ./
COPY --parents --exclude=**/*.test.ts --exclude=**/*.fixture.ts --exclude=**/test-*.ts --exclude=**/testing \
  apps/*/package.json apps/*/src apps/*/migrations packages/*/package.json packages/*/migrations packages/*/src ./
ENV NODE_ENV=production

FROM prod AS staging

FROM base AS dev
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates curl make openssl && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 holdfast && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home holdfast \
 && install -d -m 0700 -o 10001 -g 10001 /data && install -d -m 2770 -o 10001 -g 10001 /logs \
 && install -d -m 2750 -o 10001 -g 10001 /blobs
COPY --from=every-package /app/node_modules ./node_modules
COPY . .

FROM dev AS test

FROM ${CHOSEN:-${BUILD_ARGUMENT_ENV}}
ARG BUILD_ARGUMENT_ENV
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Holdfast" \
  org.opencontainers.image.description="A self-hosted media backend" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
# What one process has compiled the next one reads: a health check starts with a third less of the processor.
ENV HOLDFAST_INSIDE=1 APP_ENV=$BUILD_ARGUMENT_ENV HOST=0.0.0.0 DATA_DIR=/data NODE_COMPILE_CACHE=/tmp/compiled
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=5s --start-interval=1s --timeout=10s --start-period=60s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/apps/media/src/main/health-probe.ts"]
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=8", "/app/apps/media/src/main/cli.ts"]
CMD ["serve"]
