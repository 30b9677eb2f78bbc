// Package suse holds the lint rules for AutoYaST and for Agama.
//
// In: a lint.Subject with an AutoYaST profile (XML) or an Agama profile (JSON),
// or the kernel arguments of such an installer. Out: findings. tree.go reads
// both kinds of documents with their lines. A file a rule. Start at Rules.
package suse
