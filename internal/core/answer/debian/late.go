package debian

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/network"
	"seedbed/internal/core/answer/shell"
)

const (
	lateName = "late.sh"
	postName = "post.sh"
)

// late is the script that ends an installation by debian-installer, run by
// its shell (busybox, no bash) with the new system under /target. It writes
// accounts and keys, runs the user's post script inside the new system, and
// reports. It exits with 0 always.
func late(in *intent.Install, s intent.Subject) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("#!/bin/sh")
	line("# The end of an installation by debian-installer, made by Seedbed.")
	line("why=")
	line("fetch() {")
	line("	for try in 1 2 3 4 5; do")
	// Standard input is debconf's answers: whoever reads it takes them away
	// from the installer.
	line("		wget -q -O \"$2\" \"$1\" </dev/null && return 0")
	line("		sleep 2")
	line("	done")
	line("	return 1")
	line("}")
	line("inside() {")
	line("	in-target sh -c %s sh \"$@\"", shell.Quote(wrapper))
	line("}")
	if script := accountScript(in, s); script != "" {
		line("cat >/target/root/.seedbed-accounts <<'%s'", mark)
		b.WriteString(script)
		line("%s", mark)
		line("inside sh /root/.seedbed-accounts || why=accounts")
		line("rm -f /target/root/.seedbed-accounts")
	}
	if in.Post != "" && s.AnswerURL == "" {
		line("%s", finish.File("/target/root/.seedbed-post", in.Post, ""))
		line("chmod 700 /target/root/.seedbed-post")
		line("inside %s/root/.seedbed-post || why=post", interpreter(in.Post))
		line("rm -f /target/root/.seedbed-post")
	} else if in.Post != "" {
		line("if fetch %s /target/root/.seedbed-post; then", shell.Quote(s.Beside(postName)))
		line("	chmod 700 /target/root/.seedbed-post")
		line("	inside %s/root/.seedbed-post || why=post", interpreter(in.Post))
		line("else")
		line("	why=post")
		line("fi")
		line("rm -f /target/root/.seedbed-post")
	}
	line("sync")
	report(line, s)
	line("exit 0")
	return []byte(b.String())
}

// mark ends the here-document that holds accountScript: none of its lines is it.
const mark = "SEEDBED-ACCOUNTS-END"

// wrapper runs its arguments in the new system as its root's login would, and
// away from the installer's debconf: packages that a script installs ask
// nothing, and what it reads from its input is not debconf's.
const wrapper = "cd /; umask 022; export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" +
	` DEBIAN_FRONTEND=noninteractive; exec "$@" </dev/null`

// interpreter is sh for a script that does not name its own.
func interpreter(post string) string {
	if strings.HasPrefix(post, "#!") {
		return ""
	}
	return "sh "
}

func report(line func(string, ...any), s intent.Subject) {
	line("if [ -z \"$why\" ]; then")
	if s.CallbackURL != "" {
		line("	fetch %s /dev/null || logger -t seedbed the end cannot be reported", shell.Quote(s.CallbackURL))
	} else {
		line("	:")
	}
	line("else")
	line("	logger -t seedbed \"$why went wrong\"")
	if s.FailURL != "" {
		line("	fetch %s\"$why\" /dev/null", shell.Quote(s.FailWith("")))
	}
	line("fi")
}

// accountScript runs inside the new system: it makes the users whom the
// installer did not make, writes keys and sudo rules, and does what else the
// installer has no question for. It stops at the first failure.
func accountScript(in *intent.Install, s intent.Subject) string {
	first, others := split(in.Users)
	w := finish.Work{
		Make: others, RootKeys: s.RootKeys(in), Keys: true, Sudo: true,
		Services: in.Services, Firewall: in.Firewall, Servers: in.NTPServers,
	}
	if first != nil {
		w.Made = []intent.User{*first}
	}
	if !in.Network.Plain() {
		if netplan(s.Image.Release) {
			w.Network = network.NetplanFile(in.Network.Settled(s))
		} else {
			w.Network = network.Ifupdown(in.Network.Settled(s))
		}
	}
	return w.Script()
}

// netplan says whether a release configures its network with it: Ubuntu since
// 17.10.
func netplan(release string) bool {
	return strings.HasPrefix(release, "ubuntu-") && intent.Version(release) >= 18
}
