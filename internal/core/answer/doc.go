// Package answer makes the document that answers an installer's questions.
//
// In: the neutral Install of the settings, or the user's own file as a
// template; the machine, its lease, the image. Out: the exact bytes that the
// installer fetches, or faults with positions. One sub-room a dialect. It
// serves nothing and never shows a secret in an error. Start at Render.
package answer
