// Package status tells a kind of fault in HTTP, for the doors that speak it.
//
// In: a fault's kind. Out: a status code. The package cache, which answers for
// others as a proxy does, has a table of its own.
package status
