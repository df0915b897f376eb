# The project's own commands; each sets up what it needs and may be repeated.

.PHONY: $(project_goals)

setup:
	@control/setup.sh

server: setup
	@control/run.sh test/server.sh install

check: setup
	@control/run.sh sh -c 'test/server.sh install && test/check.sh'

conformance: setup
	@control/run.sh sh -c 'test/server.sh install && test/check.sh conformance'

unit: setup
	@test/check.sh unit

demo: setup
	@control/run.sh sh -c 'test/server.sh install && test/demo/demo.sh "$$@"' demo \
		$(if $(DATA),$(abspath $(DATA)))

lint: setup
	@test/lint.sh

fuzz: setup
	@test/fuzz/fuzz.sh

bench: setup
	@control/run.sh sh -c 'test/server.sh install && test/bench/bench.sh'
