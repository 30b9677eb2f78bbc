// Package reach knows whether a machine can get to where its packages are.
//
// In: a subject with its subnet, server and kernel arguments. Out: the sources
// that its installer will fetch from, and the rules about the way to them:
// routers, name servers, https and proxies, and what this host found when the
// application asked the sources. It asks nobody itself.
// Start reading at Sources.
package reach
