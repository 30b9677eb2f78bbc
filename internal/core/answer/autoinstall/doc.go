// Package autoinstall writes user-data for Ubuntu's live-server installer
// (subiquity), 20.04 and later.
//
// In: the neutral install and the subject. Out: the document with the files
// that cloud-init wants beside it, faults at their places, and what was lost.
// It reads no autoinstall. Start at Autoinstall.
package autoinstall
