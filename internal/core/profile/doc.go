// Package profile says what a machine shall become.
//
// In: profiles as the settings give them. Out: the profile of a machine.
// It renders nothing and decides no boot. Start reading at Profile.
package profile
