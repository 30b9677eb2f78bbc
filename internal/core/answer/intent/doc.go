// Package intent is one installation as people want it, said once for every
// installer.
//
// In: the settings' install: mapping, and the facts about one machine. Out:
// the Install and the Subject that each dialect's writer reads, and the
// Document with its losses that it hands back. It knows no dialect, and shows
// no secret in a message. Start at Install; what is wrong with one is finding's.
package intent
