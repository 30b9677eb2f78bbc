// Package e2e runs the built program as users do: as a process in a network
// namespace, with real clients and real firmware on the other end of the cable.
//
// Everything is behind the build tag e2e; make e2e runs what is named
// TestShort, make e2e-full all. Namespaces, taps and tmpfs need root: without
// it those tests are skipped and say so.
//
// help_test.go has the binary, the namespaces and the cables, helpserve_test.go
// a running server, helpvm_test.go a virtual machine, helprouter_test.go its
// LAN's router, install_test.go whole installs. Start reading at namespace_test.go.
package e2e
