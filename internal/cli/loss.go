package cli

import (
	"fmt"

	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/secret"
	"seedbed/internal/fault"
)

// lossFindings are what an image's installer cannot be told of a profile's
// install, where the new system differs by it.
func lossFindings(in *answer.Install, d answer.Document) fault.List {
	var list fault.List
	for _, l := range d.Losses {
		if l.Severity == answer.Warning {
			list = append(list, fault.Finding{Position: in.Place(l.Field), Severity: "warning",
				Msg: fmt.Sprintf("%s cannot say install.%s: %s", d.Kind, l.Field, l.Why)})
		}
	}
	return list
}

// weakFindings are hashes of passwords that are tried first.
func weakFindings(c *config.Config, in *answer.Install) fault.List {
	var list fault.List
	try := func(field, hash string) {
		if c.AllowWeak || secret.WeakHash(hash) == "" {
			return
		}
		list = append(list, fault.Finding{Position: in.Place(field), Severity: "error",
			Msg: "install." + field + ": it is the hash of a password that is tried first", Hint: "choose another one, or give --allow-weak"})
	}
	try("root-password", in.RootPassword)
	for i, u := range in.Users {
		try(fmt.Sprintf("users[%d].password", i), u.Password)
	}
	return list
}
