package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"seedbed/internal/config"
	"seedbed/internal/fault"
)

// Version is stamped by the linker.
var Version = "dev"

// Exit codes (docs/reference/commands.md).
const (
	exitGood     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFindings = 3
)

// findings is the error of work that was done and found something.
type findings struct{}

func (findings) Error() string { return "there are findings" }

// usage marks an error of the command line itself.
type usage struct{ error }

// env is what every command shares.
type env struct {
	in       io.Reader
	out, err io.Writer
	config   string
	state    string
	json     bool
	verbose  bool
	weak     bool
}

// Main runs one command line and gives the exit code. It never panics on
// what is typed.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	e := &env{in: in, out: out, err: errw}
	root := e.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root.ExecuteContext(ctx)
	return e.exit(err)
}

// exit says an error to people and gives its code.
func (e *env) exit(err error) int {
	var f findings
	var u usage
	var quiet silent
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &f):
		return exitFindings
	case errors.As(err, &quiet):
		return exitFailed
	case errors.As(err, &u):
		fmt.Fprintf(e.err, "error: %v\nhint: seedbed --help, or --help after a command, shows how\n", u.error)
		return exitUsage
	}
	var list fault.List
	if errors.As(err, &list) {
		e.list(list)
		return exitFailed
	}
	fmt.Fprintf(e.err, "error: %v\n", err)
	if hint := fault.HintOf(err); hint != "" {
		fmt.Fprintf(e.err, "hint: %s\n", hint)
	}
	return exitFailed
}

// list prints findings, each with its place and its hint.
func (e *env) list(l fault.List) {
	for _, f := range l {
		fmt.Fprintf(e.err, "%s: %s: %s\n", f.Position, f.Severity, f.Msg)
		if f.Hint != "" {
			fmt.Fprintf(e.err, "\thint: %s\n", f.Hint)
		}
	}
}

func (e *env) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "seedbed",
		Short: "From power-on to first login, over the network, hands-free",
		Long: "Seedbed installs bare machines over the network: DHCP, TFTP, HTTP, boot menus and answer\n" +
			"files in one program that knows where each machine stands.",
		Example: "  seedbed import debian-13.iso --name debian-13\n  seedbed check -c seedbed.yaml\n" +
			"  seedbed rehearse debian -c seedbed.yaml\n  seedbed serve -c seedbed.yaml",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	state := os.Getenv("SEEDBED_STATE")
	if state == "" {
		state = "/var/lib/seedbed"
	}
	fl := c.PersistentFlags()
	fl.StringVarP(&e.config, "config", "c", "/etc/seedbed/seedbed.yaml", "the settings `FILE`")
	fl.StringVar(&e.state, "state", state, "the `DIR` that holds everything the program writes (SEEDBED_STATE)")
	fl.BoolVar(&e.json, "json", false, "one JSON document on standard output")
	fl.BoolVar(&e.weak, "allow-weak", false, "take passwords that attackers try first, as 123456789")
	fl.BoolVarP(&e.verbose, "verbose", "v", false, "say more")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	c.AddCommand(e.cmdImport(), e.cmdImages(), e.cmdServe(), e.cmdCheck(), e.cmdDoctor(), e.cmdMachines(), e.cmdLeases(),
		e.cmdInstalls(), e.cmdWatch(), e.cmdRender(), e.cmdGenerate(), e.cmdConvert(), e.cmdAdopt(), e.cmdLint(), e.cmdRehearse(), e.cmdStorm(), e.cmdInstall(), e.cmdVersion())
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage{fmt.Errorf("unknown command %q", args[0])}
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return c
}

// wrapArgs makes a wrong number of arguments a usage error.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usage{fmt.Errorf("%s: %w", strings.TrimPrefix(c.CommandPath(), "seedbed "), err)}
		}
		return nil
	}
}

// settings loads the settings and says their warnings.
func (e *env) settings() (*config.Config, error) {
	c, err := config.Load(e.config)
	if err != nil {
		return nil, err
	}
	c.AllowWeak = e.weak
	return c, c.Refused()
}

// printJSON writes the one document.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// logger writes people's lines to standard error, or JSON with --json.
func (e *env) logger() *slog.Logger { return e.loggerTo(e.err) }

func (e *env) loggerTo(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if e.verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	if e.json {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(newLineHandler(w, level))
}

// terminal says whether people watch standard error.
func (e *env) terminal() bool {
	f, ok := e.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (e *env) cmdVersion() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Example: "  seedbed version --json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if e.json {
				return e.printJSON(map[string]string{"version": Version})
			}
			fmt.Fprintln(e.out, "seedbed", Version)
			return nil
		}}
}
