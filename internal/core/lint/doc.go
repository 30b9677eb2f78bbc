// Package lint predicts where an installer would stop and ask, or fail.
//
// In: a Subject: an answer file with what is known of its release, kernel
// arguments, subnet, firmware and machine. Out: findings, each with the rule,
// the place, the question that would be asked, and what to do; edits where
// mending is safe. What is not known is not complained about. Rules lie in
// sub-rooms, a file each; room lint/book has all of them. Start at Run.
package lint
