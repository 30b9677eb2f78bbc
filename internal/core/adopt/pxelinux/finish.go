package pxelinux

import (
	"path"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/answer/reading"
)

// finish says what becomes of the entries, once all of them are known.
func (r *reader) finish() {
	for _, l := range r.labels {
		r.entry(l)
	}
	if !r.all {
		return
	}
	wait := r.timeout
	if r.d.Menu.Timeout == nil || wait != time.Duration(0) {
		r.d.Menu.Timeout = &wait
	}
	r.defaults()
}

func (r *reader) entry(l label) {
	what := "LABEL " + l.name
	loader := l.kernel != "" && strings.HasSuffix(strings.ToLower(path.Base(l.kernel)), ".c32")
	if l.kernel == "" && !l.local {
		l.kernel = l.name // PXELINUX takes the label's own name for the kernel's
	}
	switch {
	case l.local || loader && strings.HasPrefix(path.Base(l.kernel), "chain"):
		r.d.Keep(l.at, what+" (the local disk, which every menu of Seedbed's has)")
	case loader || l.kernelKeyword == "CONFIG":
		r.stays(l.at, what, "a program of PXELINUX's own is not for other loaders")
	default:
		r.stays(l.at, what, "a profile boots an image that was imported, not a kernel's file: seedbed import its medium, and "+
			"take the profile that the settings hold as a comment")
		if r.all {
			r.d.Entries = append(r.d.Entries, settings.Entry{At: l.at, Label: l.name, Title: l.title, Args: arguments(l.args)})
		}
	}
}

// told are arguments that Seedbed tells installers by itself.
var told = []string{"initrd", "url", "preseed/url", "ks", "inst.ks", "inst.repo", "inst.stage2", "method", "repo", "autoyast", "install",
	"ds", "netboot", "boot", "fetch", "iso-url", "root", "BOOT_IMAGE", "BOOTIF", "ip", "interface", "netcfg/choose_interface", "auto",
	"priority", "debconf/priority", "autoinstall", "ramdisk_size", "file", "preseed/file"}

// arguments are what is left for kernel-args.
func arguments(s string) []string {
	var out []string
	for _, a := range strings.Fields(s) {
		key, _, _ := strings.Cut(a, "=")
		if a == "---" || a == "--" || slices.Contains(told, key) || strings.Contains(a, "${") || a == "||" || a == "&&" || a == ";" || reading.Printable(a) != a {
			continue
		}
		out = append(out, a)
	}
	return out
}

// defaults finds which entry the time-out takes. PXELINUX's menu takes MENU
// DEFAULT, then the label of DEFAULT, then the first one.
func (r *reader) defaults() {
	pick := slices.IndexFunc(r.labels, func(l label) bool { return l.asked })
	if pick < 0 && r.deflt != "" {
		pick = slices.IndexFunc(r.labels, func(l label) bool { return l.name == r.deflt })
	}
	at, what := r.defltAt, "DEFAULT "+r.deflt
	if pick >= 0 {
		at, what = r.labels[pick].at, "the default, LABEL "+r.labels[pick].name
	}
	if pick < 0 && len(r.labels) > 0 && (r.deflt == "" || strings.Contains(r.deflt, ".c32")) {
		pick = 0
		what = "the default, LABEL " + r.labels[0].name + " (the first)"
		at = r.labels[0].at
	}
	switch {
	case pick < 0 && r.deflt == "":
	case pick >= 0 && r.labels[pick].local:
		r.d.Menu.Local = true
		r.d.Keep(at, what)
	default:
		r.stays(at, what, "the default of Seedbed's own menu is the local disk until menu.default names a profile")
	}
}
