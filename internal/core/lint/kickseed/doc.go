// Package kickseed holds the lint rules for Kickstart files that
// debian-installer reads.
//
// In: a lint.Subject with such a file. Out: findings: what kickseed ignores,
// drops, hands to a shell or hangs on, as room core/answer/kickseed finds it,
// each kind by a rule of its own. What the installer then asks is for room
// lint/debian. A file a rule. Start at Rules.
package kickseed
