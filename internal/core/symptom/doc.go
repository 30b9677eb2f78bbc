// Package symptom tells from what was seen on a wire why a boot did not go on.
//
// In: facts in the order they were seen, one a packet, as wire/capture reads
// them. Out: symptoms, each with its remedy. It reads no packet and no clock.
// Find is for a recording, Watch while it happens, OnWire for a wire before
// anything boots. Start reading at Find.
package symptom
