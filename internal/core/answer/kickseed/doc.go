// Package kickseed knows the Kickstart dialect that debian-installer reads: its
// script kickseed turns a Kickstart file into preseed answers.
//
// In: a file's text, and which kickseed reads it. Out: the lines with their
// sections and positions; the very answers that kickseed would write, the
// scripts it would run, and a finding for all that it ignores, drops, runs in a
// shell or hangs on. kickseed evaluates each line in a shell by way of
// getopt(1); this does neither, and executes nothing.
//
// Facts are from kickseed 0.57ubuntu1 (Ubuntu 12.04) to 0.63 (Debian 12), read
// and run; a test compares with the real one. Start reading at Translate.
package kickseed
