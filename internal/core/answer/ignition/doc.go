// Package ignition writes Ignition configurations, for Fedora CoreOS and
// Flatcar.
//
// In: the neutral install and the subject. Out: the document, faults at their
// places, and what was lost. Where a server serves it, the configuration is
// that of the live system, which installs the other one; else it is the new
// system's itself. The types are Ignition's own. Start at Ignition.
package ignition
