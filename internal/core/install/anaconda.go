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
	{"anaconda", regexp.MustCompile(`CmdlineError: The following mandatory spokes are not completed:\s*(.*)$`), fatal("the installer lacks answers: ")},
	{"anaconda", regexp.MustCompile(`CmdlineError: (.+)$`), fatal("the installer stops: ")},
	{"anaconda", regexp.MustCompile(`Running Thread: Ana(Storage|Payload|Install|Configuration)Thread\b`), func(which string) Report {
		r := Report{Text: "thread " + which, Progress: true, Stage: map[string]string{"Storage": "storage", "Install": "packages", "Configuration": "configure"}[which]}
		r.Answered = which == "Install" // it begins when nothing is asked any more
		return r
	}},
}

// spoke is the catalogue's key of one of Anaconda's screens, by its title.
func spoke(title string) string {
	if q, ok := question.ByText(question.Anaconda, title); ok {
		return q.Key
	}
	if q, ok := question.ByText(question.Anaconda, strings.ToUpper(title[:1])+strings.ToLower(title[1:])); ok {
		return q.Key
	}
	return "prompt/spokes"
}
