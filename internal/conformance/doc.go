// Package conformance holds a page of rules against the tree.
//
// In: a page of docs/reference whose rows say rule, state and the tests that
// show it. Out: a failed test where a rule is missing, has no state, or names a
// test that is nowhere. Only tests import it.
package conformance
