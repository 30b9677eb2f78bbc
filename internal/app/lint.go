package app

import (
	"context"
	"io"
	"io/fs"
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/image/initrd"
	"seedbed/internal/core/image/stock"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/lint/reach"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	wirereach "seedbed/internal/wire/reach"
)

// LintSubject joins all that the settings and the catalogue know of one
// profile, as the installer of one of its machines would meet it. sample is a
// subject to render for; the answer file is the rendered one, which for a file
// without template actions has the very lines of the user's own. The error is
// what rendering says.
func LintSubject(c *config.Config, trees image.Trees, name string, sample answer.Subject) (*lint.Subject, error) {
	p := c.Boot.Profiles[name]
	install := boot.ThroughCache(p.Install, sample)
	s := &lint.Subject{Name: "(rendered for profile " + name + ")", Firmware: sample.Firmware, Subnet: sample.Subnet, Mirror: sample.Mirror,
		Server: sample.Server, Proxy: sample.Proxy,
		ArgsAt: c.At["profile "+name], Loader: loaderOf(c, p.Loader)}
	if sample.Image.Name != "" {
		s.Image = &sample.Image
		r, err := lint.ParseRelease(sample.Image.Release)
		if err == nil {
			s.Release = r
		}
		s.Packages, s.Groups, s.Suites = stockOf(trees, sample.Image)
		s.InInitrd = initrdOf(trees, sample.Image)
	}
	if c.DHCP != "server" {
		s.Subnet = nil // another server hands out what it likes
	}
	if sample.Subnet != nil {
		s.SubnetAt = c.At["subnet "+sample.Subnet.Network.String()]
	}
	if p.Install != nil && p.Install.Mirror.URL != "" {
		s.Mirror, s.Packages, s.Groups, s.Suites = p.Install.Mirror.URL, nil, nil, nil
	}
	if !p.Manual() {
		d, err := answer.Render(install, p.AnswerFile, sample)
		if err != nil {
			return nil, err
		}
		s.Text, s.Kind, s.NoCallback = d.Bytes, d.Kind, d.NoCallback
		if p.AnswerFile != nil {
			s.Name = p.AnswerFile.Name
		}
	}
	url := ""
	if !p.Manual() {
		url = sample.AnswerURL + answer.FileName(p.AnswerFile, sample.Image)
	}
	sample.UserArgs = p.KernelArgs
	s.Args = append([]string{}, answer.KernelArgs(sample, url, install)...)
	return s, nil
}

// Subjects are all that is known of one profile, once for each subnet that its
// machines may stand on: first that of the first subnet.
func (a *App) Subjects(name string, server netip.Addr) ([]*lint.Subject, error) {
	c := a.cfg.Load()
	var out []*lint.Subject
	for i := range max(1, len(c.Subnets)) {
		p := boot.Place{Server: server, HTTPPort: c.HTTPPort}
		if len(c.Subnets) > 0 {
			p.Subnet = &c.Subnets[i]
		}
		if i > 0 && c.DHCP != "server" {
			break // nothing that a subnet says is ours
		}
		s, err := LintSubject(c, a.Trees(), name, a.sample(c, name, p))
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Config is the settings now in use.
func (a *App) Config() *config.Config { return a.cfg.Load() }

// sample is what the desk would say of a machine of the settings, of that
// profile if there is one.
func (a *App) sample(c *config.Config, name string, p boot.Place) answer.Subject {
	m := machine.Machine{Name: "node1"}
	for i, one := range c.Machines {
		if i == 0 || one.Profile == name {
			m = one
		}
		if one.Profile == name {
			break
		}
	}
	prof := c.Boot.Profiles[name]
	img, _ := a.catalogue.Get(prof.Image)
	return a.desk.Sample(m, prof, img, p)
}

// Lint applies the rules to the subjects of one profile, and gives each finding
// once. The first subject's come first.
func Lint(subjects []*lint.Subject) []lint.Finding {
	var out []lint.Finding
	type key struct {
		at        fault.Position
		rule, msg string
	}
	seen := map[key]bool{}
	for _, s := range subjects {
		for _, f := range lint.Run(book.All(), s) {
			if k := (key{f.Position, f.Rule, f.Msg}); !seen[k] {
				seen[k] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// probeLimit is how long one source of packages may take to answer.
const probeLimit = 5 * time.Second

// Probe asks the sources of packages of the subjects, as far as they are not
// this server's, and notes what went wrong for the rules to tell.
func Probe(ctx context.Context, subjects []*lint.Subject) {
	var all []lint.Source
	for _, s := range subjects {
		all = append(all, reach.Outside(s)...)
	}
	found := wirereach.All(ctx, all, probeLimit)
	for _, s := range subjects {
		s.Probed = found
	}
}

func loaderOf(c *config.Config, own string) string {
	if own == "" || own == "auto" {
		own = c.Boot.Loader
	}
	if own == "auto" {
		return ""
	}
	return own
}

// stockOf reads which packages an image's medium holds; all nil where that
// cannot be known.
func stockOf(trees image.Trees, img image.Image) (packages, groups func(string) bool, suites []string) {
	if !img.Mirror || trees == nil {
		return nil, nil, nil
	}
	t, err := trees.Tree(img, image.Medium)
	if err == nil && img.MirrorDir != "" && img.MirrorDir != "." {
		t, err = fs.Sub(t, img.MirrorDir)
	}
	if err != nil {
		return nil, nil, nil
	}
	st, err := stock.Read(t)
	if err != nil {
		return nil, nil, nil
	}
	return func(n string) bool { return st.Packages[n] }, func(n string) bool { return st.Tasks[n] }, st.Suites
}

// initrdOf looks into the initrd that an image starts with, once and only when
// it is asked about; nil where there is none.
func initrdOf(trees image.Trees, img image.Image) func(string) bool {
	f, ok := img.Find(image.Initrd)
	if !ok || trees == nil {
		return nil
	}
	names := sync.OnceValue(func() map[string]bool {
		t, err := trees.Tree(img, f.Side)
		if err != nil {
			return nil
		}
		r, err := t.Open(f.Path)
		if err != nil {
			return nil
		}
		defer r.Close()
		all := map[string]bool{}
		if initrd.Each(r, func(e initrd.Entry, _ io.Reader) error { all[e.Name] = true; return nil }) != nil {
			return nil
		}
		return all
	})
	return func(path string) bool { all := names(); return all == nil || all[path] }
}
