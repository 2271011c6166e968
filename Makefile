# Settings pass through, from the command line or the environment: make run PORT=4000 DATA_DIR=/some/where

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

ready := . tools/environment.sh
node := $(ready) && exec node
on := $(if $(ON),--on $(ON))
with_coverage := --disable-warning=ExperimentalWarning tools/test.ts --coverage
# As its own first line has it: docs/decisions/0039-a-small-young-generation.md
holdfast := $(node) --max-semi-space-size=8 apps/media/src/main/cli.ts


# The stack: ENV is dev, test, staging or prod. `make start WITHOUT="kibana mercure"` leaves services out, EXTRA=my.local.yaml adds a compose file.
ENV ?= dev
optional := nginx rabbitmq redis elasticsearch kibana logs mercure mailpit azurite
file_dev := compose.yaml
file_test := compose-test-ci.yaml
file_staging := compose-staging.yaml
file_prod := compose-prod.yaml
# A setting whose service is left out is emptied: the service does without.
unset_rabbitmq := MESSENGER_TRANSPORT_DSN_FILE=
unset_redis := REDIS_URL_FILE=
unset_elasticsearch := SEARCH_URL_FILE=
unset_kibana := KIBANA_URL=
unset_logs := LOG_FOLDER= FRONT_LOG=/dev/null
unset_mercure := MERCURE_URL= MERCURE_PUBLIC_URL= MERCURE_JWT_SECRET_FILE= MERCURE_PROTOCOL= HOLDFAST_HUB=app:3000
unset_mailpit := MAILER_DSN_FILE=
unset_azurite := STORAGE_URL=file:
# Nothing is shipped where nothing takes it.
without = $(WITHOUT) $(if $(filter elasticsearch,$(WITHOUT)),logs)
comma := ,
empty :=
profiles := $(subst $(empty) $(empty),$(comma),$(filter-out $(without),$(optional)))
left_out := $(foreach service,$(without),$(unset_$(service)))
# Of $(1): its defaults in the order in which the service reads them, its file, and yours.
env_files = $(addprefix --env-file ,$(wildcard .env .env.local .env.$(1) .env.$(1).local))
# Inside a container of the stack there is no Docker.
on_the_host := $(if $(HOLDFAST_INSIDE),echo 'This drives the containers: run it on their host' >&2; exit 1;)
compose = $(on_the_host) COMPOSE_PROFILES=$(profiles) REVISION=$(revision) $(left_out) docker compose $(call env_files,$(1)) $(addprefix -f ,$(or $(file_$(1)),\
  $(error ENV is $(1), and must be dev, test, staging or prod)) $(EXTRA))
revision = $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
$(foreach verb,build start stop down restart secrets smoke harden,$(eval $(verb)_all := $(addprefix $(verb)-,dev test staging prod)))
front = https://localhost:$(shell $(call compose,$(ENV)) port nginx 8443 | sed 's/.*://')
backups = $(CURDIR)/var/backups/$(ENV):/backups
NAME ?= $(shell date -u +%Y-%m-%dT%H-%M-%S)
tty := $(shell test -t 0 || echo --no-TTY)
# A key of the first administrator, for what comes to the stack from outside; it says whereto.
through_the_front = $(call compose,$(1)) exec -T app node apps/media/src/main/cli.ts api-keys create $(2) --as admin@holdfast.example --json \
  | NODE_EXTRA_CA_CERTS=var/secrets/$(1)/tls.crt node $(3) https://localhost:$$($(call compose,$(1)) port nginx 8443 | sed 's/.*://')
# The service's own command line, in the stack; inside a container of it, right there.
in_stack = $(if $(HOLDFAST_INSIDE),node apps/media/src/main/cli.ts,$(call compose,$(ENV)) exec $(tty) app node apps/media/src/main/cli.ts)

# `make build start` and `make restart` are steps in their order, with -j too.
.NOTPARALLEL:

# Each target that `make help` lists, or could, is a name and no file.
.PHONY: $(shell sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST))) \
  $(build_all) $(start_all) $(stop_all) $(down_all) $(restart_all) $(secrets_all) $(smoke_all) $(harden_all)

help: ## Print this help
	@awk -f tools/help.awk $(MAKEFILE_LIST)

##@ The service
run: ## Start Holdfast, everything in one process (PORT=3000 DATA_DIR=var …)
	@$(holdfast) run
migrate: ## Bring the database to this version
	@$(holdfast) migrate
doctor: ## Check the settings, reach each part, say how to mend what is wrong
	@$(holdfast) doctor
holdfast: ## Any command of the service (ARGS="messages stats")
	@$(holdfast) $(ARGS)
demo: ## Walk the life of real files on a service of its own
	@$(node) test/demo/demo.ts

##@ The stack in containers (ENV=prod or build-prod; dev where nothing is said; WITHOUT="kibana mercure")
build: build-$(ENV) ## Build the image
$(build_all): build-%:
	@$(call compose,$*) build app $(filter-out $(without),logs)
start: start-$(ENV) ## Start everything, and return when all of it is healthy
$(start_all): start-%: secrets-%
	@$(call compose,$*) up --detach --wait --wait-timeout 300 --remove-orphans
stop: stop-$(ENV) ## Stop it; nothing is lost
$(stop_all): stop-%:
	@$(call compose,$*) stop
down: down-$(ENV) ## Stop and remove the containers; VOLUMES=1 the data too
$(down_all): down-%:
	@$(call compose,$*) down --remove-orphans $(if $(VOLUMES),--volumes)
restart: restart-$(ENV) ## Stop, then start
$(restart_all): restart-%: stop-% start-%
	@:
secrets: secrets-$(ENV) ## Make the secrets that are missing in var/secrets/ENV, and a certificate for localhost
$(secrets_all): secrets-%:
	@$(on_the_host) docker/make-secrets.sh $*
backup: ## Keep a moment of the stack that runs in var/backups/ENV (NAME=…, ARGS="--blobs reference")
	@$(on_the_host) docker/make-backups-folder.sh $(ENV) && $(call compose,$(ENV)) run --rm --no-deps --no-TTY --volume $(backups) app backup create /backups/$(NAME) $(ARGS)
restore: ## Fill an empty stack from one of them (NAME=…)
	@$(on_the_host) docker/make-backups-folder.sh $(ENV) && $(call compose,$(ENV)) run --rm --no-TTY --volume $(backups) migrate backup restore /backups/$(NAME) $(ARGS)
replace: ## Replace service and worker by the image that is there now, while requests go on (test, staging, prod)
	@[ $(ENV) != dev ] || { echo "The containers of dev hold its ports, so there are no two of one role: make start ENV=dev puts the new image in their place" >&2; exit 1; }
	@docker/replace.sh env $(call compose,$(ENV))
status: ## Show the containers and their health
	@$(call compose,$(ENV)) ps --all
info: ## Show versions and addresses
	@$(on_the_host) docker version --format 'engine {{.Server.Version}}' && docker compose version
	@$(call compose,$(ENV)) ps --format '{{.Service}} {{.Image}} {{.Status}} {{.Ports}}'

##@ Inside the stack
ssh: ssh-app ## Open a shell in the service
ssh-%: ## Open one in another container: ssh-nginx, ssh-worker, ssh-mysql …
	@case $(ENV)-$* in staging-app|staging-worker|staging-migrate|prod-app|prod-worker|prod-migrate) \
	  echo "The image of $(ENV) has no shell: make in-stack ARGS=doctor ENV=$(ENV) tells what is wrong" >&2; exit 1;; esac
	@$(call compose,$(ENV)) exec $(tty) $* sh
logs: ## Follow all logs
	@$(call compose,$(ENV)) logs --follow --tail 100
logs-%: ## Follow those of one container: logs-app, logs-rabbitmq …
	@$(call compose,$(ENV)) logs --follow --tail 100 $*
in-stack: ## Any command of the service, in the stack (ARGS="messages stats")
	@$(in_stack) $(ARGS)
in-stack-%: ## The same, by its name: in-stack-doctor, in-stack-migrate
	@$(in_stack) $* $(ARGS)
wait-for-db: ## Start the database, and return when it serves
	@$(call compose,$(ENV)) up --detach --wait --no-recreate mysql
generate-jwt-keys: ## Make the keys that tokens are signed with, where there are none
	@$(in_stack) keys generate
accounts: ## Show the first users and their roles, which the first start has made
	@$(in_stack) accounts list --as admin@holdfast.example
messenger-setup-transports: ## Declare the queues, and bring the database to this version
	@$(in_stack) migrate
elastic-create-or-update-template: ## Give Elasticsearch its templates
	@$(in_stack) search setup
periodic-work: ## Show what is done by the clock, and how often
	@$(node) tools/periodic-work.ts
smoke: smoke-$(ENV) ## Walk a file through its life, through the front and over TLS
$(smoke_all): smoke-%:
	@$(ready) && $(call through_the_front,$*,smoke,test/smoke/smoke.ts)
fixtures: ## Send sample files to the stack
	@$(ready) && $(call through_the_front,$(ENV),fixtures,test/demo/fixtures.ts)
sbom: build-prod ## Keep the list of parts of the image of prod in reports/, after it was compared with the image
	@$(node) tools/sbom.ts $(or $(HOLDFAST_IMAGE),holdfast:prod) reports/sbom.cdx.json
harden: harden-$(ENV) ## Check what confines the containers that run: each row passes or fails
$(harden_all): harden-%:
	@$(ready) && node tools/harden.ts $$($(call compose,$*) ps --quiet --all)
canaries: ## Look for each secret of the stack where it must not be: Git, images, environments, logs, processes
	@$(ready) && $(call through_the_front,$(ENV),canary,tools/canaries.ts) $$($(call compose,$(ENV)) ps --quiet --all)

drill: ## Back up a stack that runs, remove it with its data, restore it, and compare (ENV=test)
rolling-stack: ## Replace its containers under load: no request fails (ARGS="--per-second 100 --seconds 60")
faults: ## Kill, pause and cut off each of its services under load (ARGS="--only mysql,redis")
drill rolling-stack faults:
	@$(ready) && NODE_EXTRA_CA_CERTS=var/secrets/$(ENV)/tls.crt exec node test/stack/$(if $(filter rolling-stack,$@),replace,$@).ts $(ENV) $(front) $(ARGS)

##@ Quality
test: ## Run every test (FILES="packages/messenger test/house" for some; ON=cluster: three nodes of each server)
	@$(node) $(if $(CI),$(if $(FILES)$(ON),tools/test.ts,$(with_coverage)),tools/test.ts) --reports reports $(on) $(FILES)
servers: ## Start the servers that the tests use, print their addresses, stop them at Ctrl-C
	@$(node) tools/servers.ts $(on) $(ARGS)
check: ## Run every gate: format, lint, types, imports, unused code, copies, secrets …
	@$(node) tools/check.ts --reports reports
check-%: ## Run one gate: make check-imports
	@$(node) tools/check.ts --only $*
audit: ## Ask the registry which of the locked packages has an advisory or no sound signature; not to reach it is a failure too
	@$(node) tools/check.ts --only audit --strict
collection: ## Make a collection of Postman out of the service's OpenAPI document, in reports/
	@$(node) tools/collection.ts reports/holdfast.postman_collection.json
coverage: ## Tell which lines of the code its tests have run, room by room (FILES="packages/messenger" for some)
	@$(node) $(with_coverage) $(or $(FILES),packages apps test/journey)
mutate: ## Change the core in small wrong ways, and count what its tests notice (ARGS="--only retry.ts")
	@$(node) tools/mutate.ts $(ARGS)
reports: ## Sum up what gates and tests have left in reports/
	@$(node) tools/reports.ts
format: ## Format and mend what Biome can
	@$(ready) && exec node_modules/.bin/biome check --write
torture: ## Kill processes, servers and network at random for long, then compare database and blobs (ARGS="--on stack --store azure --operations 2000")
	@$(node) test/torture/torture.ts $(ARGS)
rolling: ## Replace the processes behind nginx one after the other under load: no request fails (ARGS="--per-second 100 --seconds 60")
	@$(node) test/rolling/rolling.ts $(ARGS)
torture-bus: ## The same for the bus: processes, broker, database, network (ARGS="--on stack --messages 10000")
	@$(node) test/bus-torture/bus-torture.ts $(ARGS)
accidents: ## One accident of the bus at a time, on real servers (ARGS="--only killed-consumer --on rabbitmq")
	@$(node) test/bus-accidents/accidents.ts $(ARGS)
pictures: ## Give odd, broken and hostile pictures, PDFs and videos to a service, and compare what it makes of them
	@$(node) test/pictures/pictures.ts
pipeline: ## Run the lines of bitbucket-pipelines.yml in a clean clone: with Docker, and for long (ARGS="--without 'make test'")
	@$(ready) && unset ARGS && exec node test/pipeline/pipeline.ts $(ARGS)
bench: ## Measure speed beside the limit and beside peers (ARGS="--only download")
	@$(node) bench/run.ts $(ARGS)

##@ The clone
install: ## Install Node 24 and the locked packages, where they are missing or older than their lockfile
	@$(ready)
update: ## Take the newest packages that package.json allows into the lockfile
	@$(ready) && exec npm update --no-audit --no-fund
shell: ## Open a shell with Node 24 and the project's commands first in PATH
	@$(ready) && PATH="$$PWD/node_modules/.bin:$$PATH" exec "$${SHELL:-/bin/sh}"
clean: ## Remove what was installed and reported; never the data
	rm -rf node_modules .node reports
