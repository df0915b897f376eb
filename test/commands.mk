# The project's own commands; each sets up what it needs and may be repeated.

.PHONY: $(project_goals)

setup:
	@control/setup.sh

server: setup
	@test/server.sh install

check: server
	@test/check.sh

unit: setup
	@test/check.sh unit

demo: server
	@test/demo/demo.sh $(DATA)

lint: setup
	@test/lint.sh

fuzz: setup
	@test/fuzz/fuzz.sh

bench: server
	@test/bench/bench.sh
