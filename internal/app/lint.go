package app

import (
	"io/fs"

	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/image/stock"
	"seedbed/internal/core/lint"
)

// LintSubject joins all that the settings and the catalogue know of one
// profile, as the installer of one of its machines would meet it. sample is a
// subject to render for; the answer file is the rendered one, which for a file
// without template actions has the very lines of the user's own. The error is
// what rendering says.
func LintSubject(c *config.Config, trees image.Trees, name string, sample answer.Subject) (*lint.Subject, error) {
	p := c.Boot.Profiles[name]
	s := &lint.Subject{Name: "(rendered for profile " + name + ")", Firmware: sample.Firmware, Subnet: sample.Subnet, Mirror: sample.Mirror,
		ArgsAt: c.At["profile "+name], Loader: loaderOf(c, p.Loader)}
	if sample.Image.Name != "" {
		s.Image = &sample.Image
		r, err := lint.ParseRelease(sample.Image.Release)
		if err == nil {
			s.Release = r
		}
		s.Packages, s.Groups, s.Suites = stockOf(trees, sample.Image)
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
		d, err := answer.Render(p.Install, p.AnswerFile, sample)
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
	s.Args = append([]string{}, answer.KernelArgs(sample, url, p.Install)...)
	return s, nil
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
