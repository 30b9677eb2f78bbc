// Package install follows one attempt to install a machine.
//
// In: events, one a hop of the boot path, each with its time.
// Out: the attempt's state: waiting, booting, installing, installed, failed,
// stalled. It decides no boot and reads no clock; a store given to it keeps
// what must outlive the process. An installer's log becomes events in
// LogReader. Start reading at Ledger.Observe.
package install
