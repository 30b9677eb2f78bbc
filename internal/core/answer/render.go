package answer

import (
	"bytes"

	"seedbed/internal/core/answer/agama"
	"seedbed/internal/core/answer/autoinstall"
	"seedbed/internal/core/answer/autoyast"
	"seedbed/internal/core/answer/butane"
	"seedbed/internal/core/answer/debian"
	"seedbed/internal/core/answer/form"
	"seedbed/internal/core/answer/ignition"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/proxmox"
	"seedbed/internal/core/answer/redhat"
	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// Render makes the document that answers the questions of s.Image's
// installer: from the user's own file where one is given, else from in.
//
// Faults are of kind fault.Invalid: with a fault.List inside, each finding at
// its place, where the settings or the file are wrong.
func Render(in *Install, file *File, s Subject) (Document, error) {
	switch {
	case file != nil:
		return renderFile(file, s)
	case in == nil:
		return Document{}, fault.New(fault.Invalid, "give it install: or answer-file:", "profile %q is manual: it has no answer file", s.Profile)
	}
	if kind := Native(s.Image); kind != "" && s.Image.Family != image.ESXi {
		return RenderAs(kind, in, s)
	}
	return Document{}, fault.New(fault.Invalid, "give answer-file: instead, with your own file",
		"cannot render install: for %s", s.Image.Family)
}

// Check says what is wrong with a user's file, as far as that can be known
// before it is served: its dialect, its template, and whether it renders for
// s. It returns nil or what Render returns.
func Check(file *File, s Subject) error {
	_, err := renderFile(file, s)
	return err
}

func renderFile(file *File, s Subject) (Document, error) {
	kind := kindFor(file, s.Image)
	if file.kind() == "" {
		return Document{}, complaint(fault.Position{File: file.Name},
			"it looks like none of: kickstart, preseed, autoinstall, autoyast, agama, ignition, proxmox (answer.toml)",
			"is it the right file? a preseed line is: owner key type value")
	}
	if !understands(s.Image.Family, kind) {
		return Document{}, complaint(fault.Position{File: file.Name},
			string(kind)+" is not understood by the installer of image "+s.Image.Name+" ("+string(s.Image.Family)+")",
			wanted(Native(s.Image)))
	}
	text, err := form.Form{Name: file.Name, Text: file.Text, Snippets: file.Snippets}.Fill(facts(s), s.Machine.Params, s.Machine.Name)
	if err != nil {
		return Document{}, err
	}
	if file.kind() == Butane {
		if text, _, err = butane.Translate(file.Name, text); err != nil {
			return Document{}, err
		}
	}
	if kind == Proxmox {
		if err := proxmox.Check(file.Name, text); err != nil {
			return Document{}, err
		}
	}
	d := intent.NewDocument(kind)
	d.Bytes, d.Extra = text, nil
	d.NoCallback = s.CallbackURL == "" || !bytes.Contains(text, []byte(s.CallbackURL))
	if kind == Autoinstall {
		// cloud-init wants all three under one address; an absent vendor-data
		// costs ten retries.
		d.Extra = map[string][]byte{
			"meta-data":   []byte("instance-id: " + s.Machine.Name + "\n"),
			"vendor-data": {},
		}
	}
	return d, nil
}

// understands says whether a family's installer reads a dialect. Kickseed
// counts for every debian-installer: whether its initrd holds it is not known
// here. SUSE's is AutoYaST or, from release 16 on, Agama.
func understands(f image.Family, k Kind) bool {
	switch f {
	case image.Debian, image.Ubuntu:
		return k == Preseed || k == Kickseed
	case image.Subiquity:
		return k == Autoinstall
	case image.RedHat, image.ESXi:
		return k == Kickstart
	case image.CoreOS, image.Flatcar:
		return k == Ignition
	case image.Proxmox:
		return k == Proxmox
	case image.Arch, image.Alpine, image.Windows, image.Live, image.Memtest:
		return false
	case image.SUSE:
		return k == AutoYaST || k == Agama
	}
	return true
}

func wanted(k Kind) string {
	if k == "" {
		return "make the profile manual: leave answer-file out"
	}
	return "give a file of the kind " + string(k)
}

func complaint(at fault.Position, msg, hint string) error {
	list := fault.List{{Position: at, Severity: "error", Msg: msg, Hint: hint}}
	return fault.Wrap(list, fault.Invalid, hint, "")
}

// RenderAs is Render for one dialect, whatever the image's installer prefers:
// converting between dialects, and Ubuntu's kickseed.
func RenderAs(kind Kind, in *Install, s Subject) (Document, error) {
	w, ok := writers[kind]
	if !ok {
		return Document{}, fault.New(fault.Invalid, "", "nothing writes %s", kind)
	}
	return w(in, s)
}

var writers = map[Kind]func(*Install, Subject) (Document, error){
	Preseed:     debian.Preseed,
	Kickseed:    debian.Kickseed,
	Kickstart:   redhat.Kickstart,
	Autoinstall: autoinstall.Autoinstall,
	AutoYaST:    autoyast.AutoYaST,
	Agama:       agama.Agama,
	Ignition:    ignition.Ignition,
	Proxmox:     proxmox.Proxmox,
}
