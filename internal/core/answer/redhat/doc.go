// Package redhat writes Kickstart for Anaconda: RHEL 6 to 10 and its kin, and
// Fedora from 28 on.
//
// In: the neutral install and the subject, whose image names the release. Out:
// the document, faults at their places, and what was lost. It reads no
// Kickstart. Start at Kickstart.
package redhat
