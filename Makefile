# A thin front: the work is CMake's. `make deps` installs what debian/control names.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
JOBS ?= $(shell nproc)
export DEBIAN_FRONTEND = noninteractive

.PHONY: all build deps bench-deps demo test lint bench clean
all: build
build: deps
	cmake --preset release -DCHAPAR_TESTS=OFF >/dev/null
	cmake --build --preset release -j $(JOBS)
deps:
	.ci/deps
bench-deps: deps
	.ci/deps pkg.chapar.bench
demo: build
	tests/demo/run build/release
test: deps
	.ci/test
lint: deps
	.ci/lint
bench: bench-deps
	cmake --preset release >/dev/null
	cmake --build --preset release -j $(JOBS)
	for b in bench/enqueue bench/email bench/render bench/cost bench/sms bench/policy bench/priority; do $$b || exit 1; done
clean:
	rm -rf build
