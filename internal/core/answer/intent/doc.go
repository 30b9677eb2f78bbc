// Package intent is one installation as people want it, said once for every
// installer.
//
// In: the settings' install: mapping, and the facts about one machine. Out:
// the Install and the Subject that each dialect's writer reads, and the faults
// and losses that it reports. It knows no dialect, and shows no secret in a
// message. Start at Install, then Check.
package intent
