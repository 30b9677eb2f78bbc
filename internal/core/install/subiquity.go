package install

import (
	"encoding/json"
	"strings"
)

// subiquityEvent is what subiquity's webhook posts (curtin's reporting events;
// Ubuntu's autoinstall reference, reporting).
type subiquityEvent struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"event_type"` // start, finish
	Result      string `json:"result"`     // of a finish: SUCCESS, WARN, FAIL
}

// subiquityStages are the events that begin a stage.
var subiquityStages = []struct{ end, stage string }{
	{"stage-partitioning", "storage"}, {"stage-extract", "packages"}, {"stage-curthooks", "configure"}, {"install-grub", "loader"}, {"subiquity/Late", "finish"},
}

// ReadSubiquity tells what one event of subiquity's webhook means; interesting
// is false for what is none, and for the many steps that end well.
func ReadSubiquity(body []byte) (r Report, interesting bool) {
	var e subiquityEvent
	if json.Unmarshal(body, &e) != nil || e.Name == "" {
		return Report{}, false
	}
	if strings.HasPrefix(e.Name, "subiquity/Meta/") {
		return Report{}, false // its own screens ask it how it is, all the time
	}
	what := e.Description
	if what == "" {
		what = e.Name
	}
	switch {
	case e.Type == "finish" && e.Result == "FAIL" && ends(e.Name):
		return Report{Text: "the installer failed: " + quoted(what), Fatal: true}, true
	case e.Type == "finish" && e.Result == "FAIL":
		return Report{Text: quoted(what) + " failed"}, true
	case e.Type == "start":
		// Deeper steps are told too often.
		if strings.Count(e.Name, "/") > 6 && !strings.HasSuffix(e.Name, "install-grub") {
			return Report{}, false
		}
		r = Report{Text: "installer: " + quoted(what), Progress: true}
		for _, s := range subiquityStages {
			if strings.HasSuffix(e.Name, s.end) {
				r.Stage = s.stage
			}
		}
		return r, true
	}
	return Report{}, false
}

// ends says whether the failure of a step is that of the whole installation:
// curtin's are; updates at the end may fail and it goes on.
func ends(name string) bool {
	const curtin = "subiquity/Install/install/curtin_install"
	return name == "subiquity/Install/install" || name == curtin || strings.HasPrefix(name, curtin+"/")
}
