// Package agama writes profiles for Agama, the installer of SLES 16 and Leap
// 16.
//
// In: the neutral install and the subject. Out: the document, faults at their
// places, and what was lost. It reads no profile. The fields are those of
// Agama's profile.schema.json; it refuses a profile with any other. Start at
// Agama.
package agama
