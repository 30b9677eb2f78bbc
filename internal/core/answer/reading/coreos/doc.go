// Package coreos reads Ignition configurations as neutral installs.
//
// In: the text of a configuration of version 3; of one that Seedbed wrote to
// install another system, that system's. Out: the draft with a report. Start at
// Ignition.
package coreos
