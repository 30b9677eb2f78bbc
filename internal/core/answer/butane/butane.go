package butane

import (
	"github.com/coreos/butane/config"
	"github.com/coreos/butane/config/common"
	"github.com/coreos/vcontext/report"

	"seedbed/internal/fault"
)

// Translate makes the Ignition config (JSON) of a Butane config. file is its
// name, for the faults: an error of kind fault.Invalid with a fault.List.
// Warnings come beside the config.
func Translate(file string, text []byte) (ignition []byte, warnings fault.List, err error) {
	ignition, r, err := config.TranslateBytes(text, common.TranslateBytesOptions{Pretty: true, Raw: true})
	list := findings(file, r)
	if err == nil {
		return append(ignition, '\n'), list, nil
	}
	if len(list.Errors()) == 0 {
		list = append(list, fault.Finding{Position: fault.Position{File: file}, Severity: "error", Msg: err.Error()})
	}
	const hint = "Butane's specifications tell what each version has"
	return nil, nil, fault.Wrap(list, fault.Invalid, hint, "")
}

func findings(file string, r report.Report) fault.List {
	var list fault.List
	for _, e := range r.Entries {
		f := fault.Finding{Position: fault.Position{File: file}, Severity: "warning", Msg: e.Message}
		if e.Kind.IsFatal() {
			f.Severity = "error"
		}
		if path := e.Context.String(); path != "" && path != "$" {
			f.Msg = path + ": " + f.Msg
		}
		if p := e.Marker.StartP; p != nil {
			f.Line, f.Column = int(p.Line), int(p.Column)
		}
		list = append(list, f)
	}
	return list
}
