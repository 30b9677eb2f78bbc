package udeb

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/deb"
)

// Kernel is an unpacked kernel package from which module udebs are made.
type Kernel struct {
	version string
	dir     string              // holds the folder kernel/
	deps    map[string][]string // modules.dep: module to the modules it needs, paths in dir
	have    map[string]bool     // names of modules that are in the initrd
}

// NewKernel unpacks a linux-image package below work and has depmod work out
// what needs what. have are the names of modules that no udeb needs to hold.
func NewKernel(ctx context.Context, image, version, work string, have map[string]bool) (*Kernel, error) {
	root := filepath.Join(work, "kernel")
	if err := run(ctx, "dpkg-deb", "-x", image, root); err != nil {
		return nil, err
	}
	// depmod looks below lib/modules or usr/lib/modules, as its distribution has
	// chosen; a link lets both find them.
	base := filepath.Join(work, "depmod")
	k := &Kernel{version: version, dir: filepath.Join(base, "lib/modules", version), have: have}
	if err := os.MkdirAll(filepath.Dir(k.dir), 0o755); err != nil {
		return nil, err
	}
	err := os.Rename(filepath.Join(root, "usr/lib/modules", version), k.dir)
	if os.IsNotExist(err) {
		err = os.Rename(filepath.Join(root, "lib/modules", version), k.dir)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(base, "usr"), 0o755)
	}
	if err == nil {
		err = os.Symlink("../lib", filepath.Join(base, "usr/lib"))
	}
	if err != nil {
		return nil, fmt.Errorf("laying out the kernel's modules: %w", err)
	}
	if err := run(ctx, Depmod(), "-b", base, version); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(k.dir, "modules.dep"))
	k.deps = parseDep(string(text))
	return k, err
}

// Depmod finds depmod where a plain user's PATH does not reach; "" if it is absent.
func Depmod() string {
	for _, p := range []string{"/usr/sbin/depmod", "/sbin/depmod", "/usr/bin/depmod"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %s %s: %w: %.400s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func parseDep(text string) map[string][]string {
	deps := map[string][]string{}
	for _, l := range strings.Split(text, "\n") {
		if m, needs, ok := strings.Cut(l, ":"); ok {
			deps[m] = strings.Fields(needs)
		}
	}
	return deps
}

// Knows says whether there is a module list for the udeb of the stanza.
func (k *Kernel) Knows(s control.Stanza) bool {
	_, ok := modules[k.short(s)]
	return ok
}

func (k *Kernel) short(s control.Stanza) string {
	return strings.TrimSuffix(s.Get("Package"), "-"+k.version+"-di")
}

// Rebuild makes the module udeb of the stanza at dst; it must be one that Knows
// knows, else it is empty.
func (k *Kernel) Rebuild(s control.Stanza, dst string) error {
	w := deb.NewWriter()
	for _, m := range pick(k.deps, modules[k.short(s)], k.have) {
		if err := k.add(w, m); err != nil {
			return err
		}
	}
	return w.Close(dst, s.Control())
}

func (k *Kernel) add(w *deb.Writer, module string) error {
	f, err := os.Open(filepath.Join(k.dir, module))
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return w.Add("usr/lib/modules/"+k.version+"/"+module, 0o644, "", st.Size(), f)
}

// pick gives the sorted modules that a list takes and those they need, but none
// that is there already.
func pick(deps map[string][]string, list []string, have map[string]bool) []string {
	var out []string
	for m, needs := range deps {
		if takes(list, strings.TrimPrefix(m, "kernel/")) {
			out = append(append(out, m), needs...)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(m string) bool { return have[ModuleName(m)] })
}

// ModuleName gives a module's name from its file's: without folder and endings.
func ModuleName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	return name
}
