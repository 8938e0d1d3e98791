.PHONY: build test check bench format docs demo conformance sim crash

build:            ## a release build: .build/release/mutstream
	swift build -c release --product mutstream

test:             ## build and run all tests
	scripts/test

check: test       ## what CI runs, and the style
	swift format lint --recursive --parallel Sources Tests Package.swift

bench:            ## measure, with the peers' figures beside
	cd Benchmarks && swift run -c release benchmarks
	swift run -c release circuit-benchmark

format:           ## lay out all Swift files
	swift format --in-place --recursive --parallel Sources Tests Package.swift

docs:             ## docs/connectors.md and docs/functions.md, from the program's own descriptions
	swift run mutstream connectors --markdown > docs/connectors.md
	swift run mutstream functions --markdown > docs/functions.md

demo:             ## the fraud pipeline on real input
	scripts/demo

sim:              ## simulated crashes: SEED=7 runs one seed, SEEDS=100000 that many
	MUTSTREAM_SIMULATIONS=$(or $(SEEDS),10000) $(if $(SEED),MUTSTREAM_SEED=$(SEED)) scripts/test --filter CrashTests

crash:            ## kills the real program 200 times under load
	MUTSTREAM_KILLS=40 scripts/test --filter KillTests

conformance:      ## public SQL logic tests of other databases and golden queries of Arroyo, fetched from GitHub
	scripts/conformance
