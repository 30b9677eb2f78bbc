package app

import (
	"net/netip"
	"strings"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/api"
)

// asking is one question of one attempt.
type asking struct {
	attempt int64
	key     string
}

// explained is what is known of a question that a machine's installer asks:
// the catalogue's words, what lint says of the machine's answer file, and what
// its subnet says to it. Of an attempt it is found out once.
func (a *App) explained(m machine.Machine, key string) book.Asked {
	att, ok := a.ledger.Current(m.Name)
	id := asking{att.ID, key}
	a.asks.Lock()
	q, known := a.asked[id]
	a.asks.Unlock()
	if known {
		return q
	}
	q = book.Explained(key)
	sub := a.subnetOf(m)
	if ok && len(q.Rules) > 0 {
		q = q.Foreseen(a.foreseen(m, sub, att.Profile))
	}
	if sub != nil && a.cfg.Load().DHCP == "server" {
		switch {
		case key == "netcfg/get_nameservers" && len(sub.DNS) == 0:
			q.Why, q.Fix = "subnet "+sub.Network.String()+" hands out no DNS", "add dns: to the subnet"
		case (key == "netcfg/no_default_route" || key == "netcfg/get_gateway") && !sub.Gateway.IsValid():
			q.Why, q.Fix = "subnet "+sub.Network.String()+" hands out no gateway", "add gateway: to the subnet"
		}
	}
	if !ok {
		return q // it would be told of the next machine without an attempt, too
	}
	a.asks.Lock()
	defer a.asks.Unlock()
	if len(a.asked) >= maxAsked {
		clear(a.asked)
	}
	a.asked[id] = q
	return q
}

// maxAsked bounds what is remembered of questions.
const maxAsked = 4096

// subnetOf is the subnet that a machine has its lease in, nil without one.
func (a *App) subnetOf(m machine.Machine) *lease.Subnet {
	if l, ok := (bookLeases{a}).ByMAC(m.MAC()); ok {
		return a.book.SubnetFor(l.Address)
	}
	return nil
}

// foreseen is what lint finds of a machine's install, as far as this server
// knows the machine: not its disks.
func (a *App) foreseen(m machine.Machine, sub *lease.Subnet, profile string) []lint.Finding {
	c := a.cfg.Load()
	prof, ok := c.Boot.Profiles[profile]
	switch {
	case a.opt.Foreseen != nil:
		return a.opt.Foreseen
	case !ok:
		return nil
	}
	img, _ := a.catalogue.Get(prof.Image)
	place := boot.Place{Subnet: sub, Server: netip.MustParseAddr("192.0.2.1"), HTTPPort: c.HTTPPort} // any server will do here
	s, err := LintSubject(c, a.Trees(), profile, a.desk.Sample(m, prof, img, place))
	if err != nil {
		return nil // whoever asked for the file was told
	}
	s.InInitrd = nil // an installer that names its question has read its file; unpacking takes half a second
	return lint.Run(book.All(), s)
}

// explain is explained as the end of a sentence, "" for an unknown question.
func (a *App) explain(m machine.Machine, key string) string {
	if s := a.explained(m, key).Sentence(); s != "" {
		return ": " + s
	}
	return ""
}

// attempts are the ledger's, as the API tells of them.
type attempts struct {
	*install.Ledger
	a *App
}

func (t attempts) Standing(att install.Attempt) api.Standing { return t.a.Standing(att) }

// Attempt is the newest of a machine.
func (a *App) Attempt(machine string) (install.Attempt, bool) { return a.ledger.Current(machine) }

// Log is what is kept of an attempt's installer's log.
func (a *App) Log(attempt int64) ([]byte, error) { return a.logs.Read(attempt) }

// Standing is how far an attempt is, and what stops it.
func (a *App) Standing(att install.Attempt) api.Standing {
	s := api.Standing{Outlook: a.ledger.Outlook(att, now())}
	if att.Question != "" {
		m, _ := a.roster.Get(att.Machine)
		q := a.explained(m, att.Question)
		s.Asks = &q
	}
	return s
}

// keepLog writes a line of an installer's log to its attempt's, secrets taken
// out. Of a machine that is not being installed nothing is kept.
func (a *App) keepLog(name, tag, text string) {
	att, ok := a.ledger.Current(name)
	if !ok || a.logs == nil || att.State == install.Waiting || att.State == install.Done {
		return
	}
	if err := a.logs.Append(att.ID, now(), strings.TrimSpace(tag)+": "+install.Redact(tag, text)); err != nil {
		a.unstored(err)
	}
}

// keepFailure writes the last lines of an installer's own logs to its
// attempt's, while that is open: they are sent once.
func (a *App) keepFailure(name string, attempt int64, lines []string) {
	att, ok := a.ledger.Current(name)
	if a.logs == nil || !ok || att.ID != attempt || att.State.Over() {
		return
	}
	for _, line := range lines {
		if err := a.logs.Append(attempt, now(), "failure: "+install.Redact("", line)); err != nil {
			a.unstored(err)
			return
		}
	}
}
