// Package lease decides which address a machine holds.
//
// In: subnets, pools and reservations of the settings; what a machine asks,
// and the time. Out: a lease, a refusal, or silence. It sends no packet and
// writes no file; its store is handed in and an address counts as given only
// when the store has it on disk. Start reading at Book.
package lease
