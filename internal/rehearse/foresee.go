package rehearse

import (
	"fmt"
	"net/netip"
	"path"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/rehearse/vm"
)

// foresee lints the profile with all that a rehearsal knows: memory, disks,
// cards, firmware and the network as it will be.
func (r *run) foresee(cfg *config.Config, server netip.Addr, hw vm.Hardware) error {
	base := "http://" + server.String()
	s := answer.Subject{Machine: r.box, Profile: r.Profile, Subnet: &cfg.Subnets[0], Domain: cfg.Subnets[0].Domain, Firmware: r.Firmware.Seen(), HostName: r.box.Name,
		Server: base, AnswerURL: base + "/answer/x/", CallbackURL: base + "/events/x/installed", FailURL: base + "/events/x/failed",
		SyslogHost: server.String()}
	for _, img := range r.Images {
		if img.Name == cfg.Boot.Profiles[r.Profile].Image {
			s.Image = img
			s.Mirror = base + path.Join("/images", img.Name, img.MirrorDir)
		}
	}
	subject, err := app.LintSubject(cfg, r.Trees, r.Profile, s)
	if err != nil {
		return err
	}
	if subject.Subnet != nil && r.Faults.NoDNS {
		silent := *subject.Subnet
		silent.DNS = nil
		subject.Subnet = &silent
	}
	subject.Offline = r.Faults.NoInternet
	subject.Memory, subject.Cards = r.Memory, len(hw.MACs)
	for i := range hw.Disks {
		subject.Disks = append(subject.Disks, lint.Disk{Path: fmt.Sprintf("/dev/vd%c", 'a'+i), Size: r.DiskSize})
	}
	r.result.Findings = lint.Run(book.All(), subject)
	r.result.AnswerFile, r.result.AnswerName = string(subject.Text), subject.Name
	for _, f := range r.result.Findings {
		r.Say(0, "", fmt.Sprintf("lint: %s: %s %s: %s: %s", f.Position, f.Severity, f.Rule, f.Msg, f.Fix))
	}
	return nil
}
