package install

import (
	"slices"
	"time"
)

// Bounds of what earlier attempts teach about silence.
const (
	teachers    = 2               // successful ones before a limit becomes shorter
	shortest    = 2 * time.Minute // that a learned limit may be
	patienceFor = 4               // times the longest silence seen
)

// Outlook is how far an attempt has come and how long it will still take, as
// an earlier one of the same profile and image tells.
type Outlook struct {
	Done float64 `json:"done"` // 0 to 1
	// Left is 0 when nothing is known: no attempt of this profile has
	// succeeded yet, or this one is over or waits.
	Left time.Duration `json:"left,omitzero"`
	// Earlier is the number of the attempt that it is measured by; 0: none,
	// Done is then guessed from the stage.
	Earlier int64 `json:"earlier,omitempty"`
}

// Outlook compares an attempt with the newest one of its profile and image
// that succeeded.
func (l *Ledger) Outlook(a Attempt, now time.Time) Outlook {
	l.mu.Lock()
	defer l.mu.Unlock()
	var model Attempt
	if all := l.models[kindOf(a)]; len(all) > 0 {
		model = all[len(all)-1].Attempt
	}
	return outlook(a, model, now)
}

// kind is what attempts are compared by.
type kind struct{ profile, image string }

func kindOf(a Attempt) kind { return kind{a.Profile, a.Image} }

// maxModels is how many successful attempts of a kind are learned from.
const maxModels = 8

// learn keeps a successful attempt that later ones can be compared with. The
// caller holds the lock.
func (l *Ledger) learn(r *record) {
	if r.State != Done || len(r.Marks) == 0 || r.Ended.Before(r.Marks[0].At) {
		return
	}
	k := kindOf(r.Attempt)
	all := append(l.models[k], r)
	l.models[k] = all[max(0, len(all)-maxModels):]
}

// usual is the longest silence of earlier attempts in the stage of a, once
// enough of them have succeeded. The caller holds the lock.
func (l *Ledger) usual(a Attempt) time.Duration {
	all := l.models[kindOf(a)]
	if len(all) < teachers {
		return 0
	}
	var longest time.Duration
	for _, r := range all {
		longest = max(longest, r.Silences.Of(a.State))
	}
	return longest
}

// patience is how long a silence may last. The limit of the settings is
// shortened where earlier attempts were never silent for long, and lengthened
// where they were and came through.
func patience(limit, usual time.Duration) time.Duration {
	switch {
	case usual <= 0:
		return limit
	case usual*3/2 > limit:
		return usual * 3 / 2
	}
	return min(limit, max(shortest, patienceFor*usual))
}

// guess is how far a stage usually is, where no earlier attempt tells. The
// installer's are the menu items of debian-installer, the stages that the
// readers of other logs name, and the steps before.
var guess = map[string]float64{
	"boot": 0.03, "kernel": 0.06, "answer file": 0.12,
	"netcfg": 0.13, "choose-mirror": 0.15, "download-installer": 0.16, "anna": 0.16, "disk-detect": 0.2, "partman-base": 0.22,
	"bootstrap-base": 0.28, "base-installer": 0.28, "live-installer": 0.28, "apt-setup-udeb": 0.5, "pkgsel": 0.55,
	"grub-installer": 0.9, "lilo-installer": 0.9, "nobootloader": 0.9, "finish-install": 0.95,
	"storage": 0.22, "packages": 0.3, "configure": 0.85, "loader": 0.9, "finish": 0.95,
}

func outlook(a, model Attempt, now time.Time) Outlook {
	stage := a.State
	if stage == Stalled {
		stage = a.StalledIn
	}
	switch {
	case a.State == Done:
		return Outlook{Done: 1}
	case len(a.Marks) == 0 || stage == Waiting:
		return Outlook{}
	case model.ID == 0:
		o := Outlook{}
		for _, m := range a.Marks {
			o.Done = max(o.Done, guess[m.Stage])
		}
		return o
	}
	total := model.Ended.Sub(model.Marks[0].At)
	if total <= 0 {
		return Outlook{}
	}
	at, next := place(a, model)
	pos := at.model.At.Sub(model.Marks[0].At)
	if span := next.At.Sub(at.model.At); span > 0 {
		pos += time.Duration(within(a, at, next, now, span) * float64(span))
	}
	pos = min(max(pos, 0), total)
	o := Outlook{Done: float64(pos) / float64(total), Earlier: model.ID}
	if !a.State.Over() {
		o.Left = max(total-pos, time.Second)
	}
	return o
}

// pair is a stage that both attempts came to.
type pair struct{ own, model Mark }

// place finds the last stage that both have come to, and where the model's
// next one begins (or its end).
func place(a, model Attempt) (pair, Mark) {
	for i := len(a.Marks) - 1; i >= 0; i-- {
		j := slices.IndexFunc(model.Marks, func(m Mark) bool { return m.Stage == a.Marks[i].Stage })
		if j < 0 {
			continue
		}
		next := Mark{At: model.Ended, Bytes: model.Bytes}
		if j+1 < len(model.Marks) {
			next = model.Marks[j+1]
		}
		return pair{a.Marks[i], model.Marks[j]}, next
	}
	return pair{a.Marks[0], model.Marks[0]}, Mark{At: model.Ended, Bytes: model.Bytes}
}

// telling is how much must be served in a stage for its bytes to tell how far
// the stage is.
const telling = 1 << 20

// within is how much of the stage is over: by what was served where that says
// something, else by the time; never quite all.
func within(a Attempt, at pair, next Mark, now time.Time, span time.Duration) float64 {
	part := float64(now.Sub(at.own.At)) / float64(span)
	if a.State == Failed || a.State == Stalled {
		part = float64(a.LastAt.Sub(at.own.At)) / float64(span)
	}
	if bytes := next.Bytes - at.model.Bytes; bytes >= telling {
		part = float64(a.Bytes-at.own.Bytes) / float64(bytes)
	}
	return min(max(part, 0), 0.99)
}
