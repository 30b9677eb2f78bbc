// Package rehearse installs a virtual machine by the real servers, on a
// segment in memory, before a real machine is touched.
//
// In: a profile of good settings, the firmware to boot with. Out: how far it
// came, each stage's time, the question it stopped at with the screen, or a
// login proven. It needs no root and no interface of the host, and leaves no
// process, socket or file behind. Rooms below: vm, the machine; cable, its bad
// network; report, how it ended; paper, clients without a machine. Start
// reading at Run.
package rehearse
