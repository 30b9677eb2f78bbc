package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/reach"
	"seedbed/internal/fault"
)

// interfaceFindings finds interfaces that are not there or have no address.
func interfaceFindings(c *config.Config) fault.List {
	var out fault.List
	all, _ := net.Interfaces()
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	for _, name := range c.Interfaces {
		f := fault.Finding{Position: c.At["interface "+name], Severity: "error"}
		i, err := net.InterfaceByName(name)
		if err != nil {
			f.Msg, f.Hint = "no interface is named "+name, "there are: "+strings.Join(names, ", ")
			out = append(out, f)
			continue
		}
		if _, has := addressOf(i.Name); !has {
			f.Msg, f.Hint = name+" has no IPv4 address", "give it one: ip addr add 192.168.0.150/24 dev "+name
			out = append(out, f)
		}
	}
	return out
}

// addressOf is the first IPv4 address of an interface, with its network.
func addressOf(name string) (netip.Prefix, bool) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return netip.Prefix{}, false
	}
	addrs, _ := i.Addrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// imageFindings checks the profiles against the catalogue, and renders each
// answer file once, so that a fault in it is found here, not at boot.
func (e *env) imageFindings(c *config.Config) fault.List {
	images, err := e.images()
	if err != nil {
		return fault.List{{Position: fault.Position{File: c.Path}, Severity: "warning", Msg: "the catalogue cannot be read: " + err.Error()}}
	}
	var list fault.List
	if err := app.CheckImages(c, image.NewCatalogue(images)); err != nil {
		errors.As(err, &list)
	}
	for _, name := range c.Boot.Order {
		p := c.Boot.Profiles[name]
		subject := sample(c, name, images)
		var err error
		switch {
		case p.AnswerFile != nil:
			err = answer.Check(p.AnswerFile, subject)
			for _, m := range c.Machines { // what one machine lacks, another may have
				if err == nil && m.Profile == name {
					subject.Machine, subject.HostName = m, m.Name
					err = answer.Check(p.AnswerFile, subject)
				}
			}
		case p.Install != nil && subject.Image.Name != "":
			var d answer.Document
			d, err = answer.Render(p.Install, nil, subject)
			list = append(list, lossFindings(p.Install, d)...)
			list = append(list, weakFindings(c, p.Install)...)
		}
		var inner fault.List
		switch {
		case errors.As(err, &inner):
			list = append(list, inner...)
		case err != nil:
			list = append(list, fault.Finding{Position: c.At["image "+name], Severity: "error", Msg: fmt.Sprintf("profile %s: %v", name, err), Hint: fault.HintOf(err)})
		}
	}
	return list
}

// lintFindings are what lint finds in each profile whose image is there: all
// of them as warnings, since a person may be there to answer. What cannot be
// rendered is for imageFindings.
func lintFindings(c *config.Config, a *app.App) fault.List {
	var list fault.List
	for _, name := range c.Boot.Order {
		s, err := a.Subjects(name, serverAddress(c))
		if err != nil || s[0].Image == nil || c.Boot.Profiles[name].Manual() {
			continue
		}
		for _, f := range app.Lint(s) {
			list = append(list, lintFinding(name, f))
		}
	}
	return list
}

func lintFinding(profile string, f lint.Finding) fault.Finding {
	msg := "profile " + profile + ": " + f.Rule + ": " + f.Msg + ": " + f.Effect
	return fault.Finding{Position: f.Position, Severity: "warning", Msg: msg, Hint: f.Fix}
}

// probeFindings are what lint finds of sources of packages when they are asked
// from this host.
func probeFindings(ctx context.Context, c *config.Config, a *app.App) fault.List {
	profiles := map[string][]*lint.Subject{}
	var all []*lint.Subject
	for _, name := range c.Boot.Order {
		s, err := a.Subjects(name, serverAddress(c))
		if err == nil && !c.Boot.Profiles[name].Manual() {
			profiles[name], all = s, append(all, s...)
		}
	}
	app.Probe(ctx, all)
	var list fault.List
	for _, name := range c.Boot.Order {
		for _, f := range app.Lint(profiles[name]) {
			if f.Rule == reach.NotReached {
				list = append(list, lintFinding(name, f))
			}
		}
	}
	return list
}

// sample is a subject to try a profile's answers with: a machine of the
// settings, of that profile if there is one, on the first subnet.
func sample(c *config.Config, profile string, images []image.Image) answer.Subject {
	s := answer.Subject{Server: "http://192.0.2.1", AnswerURL: "http://192.0.2.1/answer/x/", CallbackURL: "http://192.0.2.1/events/x/installed",
		FailURL: "http://192.0.2.1/events/x/failed", Mirror: "http://192.0.2.1/images/x", HostName: "node1", Profile: profile}
	for _, i := range images {
		if i.Name == c.Boot.Profiles[profile].Image {
			s.Image = i
		}
	}
	if len(c.Subnets) > 0 {
		s.Subnet, s.Domain = &c.Subnets[0], c.Subnets[0].Domain
	}
	for i, m := range c.Machines {
		if i == 0 || m.Profile == profile {
			s.Machine, s.HostName = m, m.Name
		}
		if m.Profile == profile {
			break
		}
	}
	return s
}
