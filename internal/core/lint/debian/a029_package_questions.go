package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

// asking are packages that ask at priority high or critical when they are
// installed, each with one key that answers it.
var asking = map[string]string{
	"mysql-server": "mysql-server/root_password", "mariadb-server": "mariadb-server/root_password", "postfix": "postfix/main_mailer_type",
	"slapd": "slapd/password1", "iptables-persistent": "iptables-persistent/autosave_v4", "phpmyadmin": "phpmyadmin/dbconfig-install",
	"wireshark-common": "wireshark-common/install-setuid", "krb5-config": "krb5-config/default_realm", "nslcd": "nslcd/ldap-uris",
	"needrestart": "needrestart/restart-without-asking", "proftpd-basic": "shared/proftpd/inetd_or_standalone", "lightdm": "shared/default-x-display-manager",
}

var packageQuestions = lint.Rule{ID: "A029", Title: "a package asks when it is set up", Kinds: both, Severity: lint.Warning, Stage: "packages", Traps: []int{52},
	Effect: "the package's own question appears in the installer", Why: "needrestart issue 66, packer-templates issue 27",
	Fix: "answer the package's question in the file, or add: d-i debconf/frontend select Noninteractive",
	Check: func(s *lint.Subject, r *lint.Report) {
		if v, _ := value(s, "debconf/frontend"); strings.EqualFold(v, "noninteractive") {
			return
		}
		include, _ := value(s, "pkgsel/include")
		line, col := place(s, "pkgsel/include")
		for p := range strings.FieldsSeq(strings.ReplaceAll(include, ",", " ")) {
			if key := asking[p]; key != "" && !given(s, key) {
				r.At(line, col, "package %s asks %s when it is set up", p, key)
			}
		}
	}}
