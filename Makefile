# Settings pass through, from the command line or the environment: make run PORT=4000 DATA_DIR=/some/where

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

ready := . tools/environment.sh
node := $(ready) && exec node
on := $(if $(ON),--on $(ON))
holdfast := $(node) apps/media/src/main/cli.ts

.PHONY: help run migrate doctor holdfast demo test servers check format torture torture-bus accidents pictures bench shell clean

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

##@ Quality
test: ## Run every test (FILES="packages/messenger test/house" for some; ON=cluster: three nodes of each server)
	@$(node) tools/test.ts $(on) $(FILES)
servers: ## Start the servers that the tests use, print their addresses, stop them at Ctrl-C
	@$(node) tools/servers.ts $(on) $(ARGS)
check: ## Run every gate: format, lint, types, imports, unused code, copies, secrets …
	@$(node) tools/check.ts
check-%: ## Run one gate: make check-imports
	@$(node) tools/check.ts --only $*
format: ## Format and mend what Biome can
	@$(ready) && exec node_modules/.bin/biome check --write
torture: ## Kill processes, servers and network at random for long, then compare database and blobs (ARGS="--on stack --store azure --operations 2000")
	@$(node) test/torture/torture.ts $(ARGS)
torture-bus: ## The same for the bus: processes, broker, database, network (ARGS="--on stack --messages 10000")
	@$(node) test/bus-torture/bus-torture.ts $(ARGS)
accidents: ## One accident of the bus at a time, on real servers (ARGS="--only killed-consumer --on rabbitmq")
	@$(node) test/bus-accidents/accidents.ts $(ARGS)
pictures: ## Give odd, broken and hostile pictures, PDFs and videos to a service, and compare what it makes of them
	@$(node) test/pictures/pictures.ts
bench: ## Measure speed beside the limit and beside peers (ARGS="--only download")
	@$(node) bench/run.ts $(ARGS)

##@ The clone
shell: ## Open a shell with Node 24 and the project's commands first in PATH
	@$(ready) && PATH="$$PWD/node_modules/.bin:$$PATH" exec "$${SHELL:-/bin/sh}"
clean: ## Remove what was installed and reported; never the data
	rm -rf node_modules .node reports
