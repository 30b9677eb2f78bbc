// Package cable is a bad network between a virtual machine and its segment.
//
// In: the segment's end of a wire, and the faults. Out: the machine's end.
// Whoever serves on the segment knows nothing of it. Start reading at New.
package cable
