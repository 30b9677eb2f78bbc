// Package reading collects what an answer file says, as one neutral install.
//
// In: what the readers below it (redhat, debian, ubuntu, suse, coreos: one for
// each installer's dialects) find. Out: the Draft: the install, and for each
// thing in the file a line that says whether it was kept, changed or lost. It
// shows no secret in a report and runs nothing. Start at Draft.
package reading
