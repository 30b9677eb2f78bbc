# Seedbed. The two commands that a new machine needs: make demo, make test.
SHELL      := /bin/bash
VERSION    := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
CACHE      ?= $(or $(SEEDBED_CACHE),$(HOME)/.cache/seedbed)
MEDIUM     ?=
FIRMWARE   ?= bios
GO          = source tools/go-env && go
export SEEDBED_CACHE := $(CACHE)

.PHONY: medium demo test build e2e e2e-full bench lint fuzz setup setup-demo clean

build: setup
	@mkdir -p bin
	@$(GO) build -trimpath -ldflags "-s -w -X seedbed/internal/cli.Version=$(VERSION)" -o bin/seedbed ./cmd/seedbed
	@ls -l bin/seedbed | awk '{printf "bin/seedbed  %.1f MB\n", $$5/1e6}'

demo: setup-demo build
	@tools/demo "$(MEDIUM)" "$(FIRMWARE)"

test: setup
	@tools/setup test
	@$(GO) vet ./...
	@tools/test

e2e: setup-demo build medium
	@tools/setup e2e
	@export SEEDBED_BIN=$(CURDIR)/bin/seedbed; $(GO) test -tags e2e -count=1 -timeout 50m -v -run 'TestShort' ./e2e/

e2e-full: setup-demo build medium
	@tools/setup e2e
	@export SEEDBED_BIN=$(CURDIR)/bin/seedbed; $(GO) test -tags e2e -count=1 -timeout 4h -v ./e2e/

bench: setup build
	@$(GO) test -run '^$$' -bench . -benchtime 1s ./...
	@tools/setup bench
	@if [ "$$(id -u)" = 0 ]; then tools/bench/tftp-thousand && tools/bench/http-peers -n 1; else echo "skipped: TFTP and HTTP over a cable of their own, which needs root"; fi
	@tools/bench/peers

lint: setup
	@test -z "$$(source tools/go-env && gofmt -l cmd internal e2e tools)" || { source tools/go-env; gofmt -d cmd internal e2e tools; exit 1; }
	@$(GO) vet ./... && $(GO) vet -tags e2e ./e2e/

FUZZTIME ?= 20s
fuzz: setup
	@source tools/go-env; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' internal); do \
	  for n in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$f); do \
	    echo "== $$n in $$(dirname $$f)"; go test -run '^$$' -fuzz "^$$n\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f) || exit 1; done; done

setup:
	@tools/setup build

setup-demo:
	@tools/setup demo

medium: setup-demo
	@mkdir -p $(CACHE); $(GO) run ./tools/offline-medium --cache $(CACHE)/offline-medium $(CACHE)/debian-offline.iso

clean:
	rm -rf bin
