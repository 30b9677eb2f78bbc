// Package debian writes answer files for debian-installer: preseed.
//
// In: the neutral install and the subject. Out: the document with the scripts
// that are served beside it, faults at their places, and what was lost. Start
// at Preseed.
package debian
