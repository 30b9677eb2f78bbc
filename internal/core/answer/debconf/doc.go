// Package debconf knows what debian-installer can be asked and what it asks: a
// catalogue of debconf keys with their types, choices, releases and priorities.
//
// In: a key, or an answer and the release it is for. Out: the question, or what
// is wrong with the answer. The catalogue, template.tsv, holds what matters for
// an install; facts are from the templates and scripts of Debian 13's installer,
// older keys from the changelogs of the packages named and from kickseed. A
// package of the new system may ask more: only the installer's own keys (owner
// d-i) can be called unknown. Start reading at Lookup.
package debconf
