package install

import (
	"regexp"
	"strings"

	"seedbed/internal/core/question"
)

// Anaconda sends its log with inst.syslog= (docs/boot-options.rst: UDP 514) as
// "anaconda: PREFIX: message" (ANACONDA_SYSLOG_FORMAT of its
// anaconda_logging.py). What stands here are messages of its sources: the text
// hub's (pyanaconda/ui/tui/hubs), and its threads', which are its stages.
var anacondaRules = []rule{
	{"anaconda", regexp.MustCompile(`kickstart installation stopped for info: (.+)$`), func(title string) Report {
		key := spoke(title)
		return Report{Text: "the installer asks " + key + " (" + quoted(title) + ")", Question: key, Asked: true}
	}},
	{"anaconda", regexp.MustCompile(`(?s)CmdlineError: The following mandatory spokes are not completed:\s*(.*)$`), func(titles string) Report {
		first, _, _ := strings.Cut(strings.TrimSpace(titles), "\n")
		return Report{Text: "the installer lacks answers: " + spoke(first) + " (" + quoted(strings.Join(strings.Fields(strings.ReplaceAll(titles, "\n", ", ")), " ")) + ")", Fatal: true}
	}},
	{"anaconda", regexp.MustCompile(`(?s)(?:CmdlineError: |Non interactive installation failed: )(.+)$`), fatal("the installer stops: ")},
	{"anaconda", regexp.MustCompile(`Running Thread: Ana(Storage|Payload|Install|Configuration)Thread\b`), func(which string) Report {
		r := Report{Text: "thread " + which, Progress: true, Stage: map[string]string{"Storage": "storage", "Install": "packages", "Configuration": "configure"}[which]}
		r.Answered = which == "Install" // it begins when nothing is asked any more
		return r
	}},
	// From Fedora 29 and RHEL 8 on, its parts are programs of their own, and
	// log under their own names; the main one's tasks are threads, too.
	{"", regexp.MustCompile(`Running Thread: AnaTaskThread-(CreateStorageLayoutTask|InstallPackagesTask|InstallBootloaderTask|RunInstallationTask)-\d`), func(task string) Report {
		return Report{Text: "task " + task, Progress: true, Answered: true,
			Stage: map[string]string{"CreateStorageLayoutTask": "storage", "InstallPackagesTask": "packages", "InstallBootloaderTask": "loader"}[task]}
	}},
}

// unescaped undoes what rsyslog does to line breaks within a message.
func unescaped(text string) string { return strings.ReplaceAll(text, "#012", "\n") }

// spoke is the catalogue's key of one of Anaconda's screens, by its title.
func spoke(title string) string {
	title = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(title), "."))
	if title == "" {
		return "prompt/spokes"
	}
	if q, ok := question.ByText(question.Anaconda, title); ok {
		return q.Key
	}
	if q, ok := question.ByText(question.Anaconda, strings.ToUpper(title[:1])+strings.ToLower(title[1:])); ok {
		return q.Key
	}
	return "prompt/spokes"
}
