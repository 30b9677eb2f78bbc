package profile

import "seedbed/internal/core/answer"

// Profile is one thing that a machine can become.
//
// Exactly one of AnswerFile and Install may be set; with neither the install
// is manual: the installer boots and a person answers.
type Profile struct {
	Name       string
	Image      string          // name in the catalogue
	Title      string          // menu text; "" takes the image's
	Loader     string          // auto, ipxe, pxelinux, grub; "" takes the settings'
	KernelArgs []string        // appended to those the installer needs
	AnswerFile *answer.File    // the user's own, as a template
	Install    *answer.Install // the neutral one, rendered for the image's installer
	Verify     []string        // shell commands that must succeed in the installed system; a rehearsal runs them
}

// Manual says that a person will answer the installer's questions.
func (p Profile) Manual() bool { return p.AnswerFile == nil && p.Install == nil }
