// Package finish writes the shell script that finishes a new system: what an
// installer's own answers cannot say.
//
// In: the neutral install, and which of its parts the installer leaves over.
// Out: the text of a POSIX shell script, run as root inside the new system. It
// runs nothing itself. Start at Work.
package finish
