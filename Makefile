# A thin front: the work is CMake's. `make deps` installs what debian/control names.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
JOBS ?= $(shell nproc)
export DEBIAN_FRONTEND = noninteractive

.PHONY: all build deps bench-deps demo test lint bench package clean
all: build
build:
	.ci/deps nocheck
	cmake --preset release -DCHAPAR_TESTS=OFF -DCHAPAR_BENCH=OFF >/dev/null
	cmake --build --preset release -j $(JOBS)
deps:
	.ci/deps
bench-deps: deps
	.ci/deps pkg.chapar.bench
# Installs and builds what it runs, no more.
demo:
	.ci/deps nocheck,pkg.chapar.demo
	cmake --preset release -DCHAPAR_TESTS=OFF -DCHAPAR_BENCH=OFF >/dev/null
	cmake --build --preset release -j $(JOBS) --target chapard chapar plugin_email
	tests/demo/run build/release
# The Debian packages, in build/package.
package:
	.ci/deps nocheck
	debian/make-package $(JOBS)
test: deps
	.ci/test
lint: deps
	.ci/lint
bench: bench-deps
	cmake --preset release -DCHAPAR_BENCH=ON >/dev/null
	cmake --build --preset release -j $(JOBS)
	for b in bench/enqueue bench/email bench/render bench/cost bench/sms bench/policy bench/priority bench/track bench/webhooks; do $$b || exit 1; done
clean:
	rm -rf build
