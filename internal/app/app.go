package app

import (
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/cache"
	"seedbed/internal/disk/loader"
	"seedbed/internal/disk/logbook"
	"seedbed/internal/disk/store"
	"seedbed/internal/disk/tree"
	"seedbed/internal/fault"
	"seedbed/internal/pulse"
	"seedbed/internal/wire/dhcp"
	"seedbed/internal/wire/dhcp/ear"
	"seedbed/internal/wire/dhcp/probe"
	"seedbed/internal/wire/mirror"
)

// Options are what an App is built from.
type Options struct {
	Config    *config.Config
	State     string // directory of everything the program writes
	ReadOnly  bool   // look only: another process may be serving
	Force     bool   // serve DHCP whether or not another server answers
	Rebuild   bool   // records of leases are missing: find them again carefully
	Log       *slog.Logger
	Pulse     *pulse.Pulse    // this program's; nil: Serve starts one
	Rehearsal *boot.Rehearsal // nil when serving real machines
	Foreseen  []lint.Finding  // of the one profile rehearsed, whose disks are known
	Images    []image.Image   // used instead of the store's, when not nil
	Loaders   *loader.Set     // boot loaders; nil looks for the host's
	OnEvent   func(install.Event)
	OnLog     func(machine, line string)     // installers' logs, line by line; may be nil
	OnKeep    func(name string, text []byte) // each document made for an attempt, as it was served; may be nil
}

// largeGC is how much garbage, in percent of what is in use, a server with
// many leases lets come together before it is collected: it comes from the
// messages, of which there are no more in a large network than in a small one.
const largeGC = 25

// App is the whole server at rest or running.
type App struct {
	opt       Options
	cfg       atomic.Pointer[config.Config]
	log       *slog.Logger
	store     *store.Store
	commits   *store.Committer
	memory    *store.Memory // nil when read-only
	trees     *tree.Shelf
	catalogue *image.Catalogue
	roster    *machine.Roster
	ledger    *install.Ledger
	book      *lease.Book
	desk      *boot.Desk
	packages  *mirror.Server // the package cache; nil without one
	kept      *cache.Store   // its files
	logs      *logbook.Book  // of installers; nil when read-only
	hearsay   ear.Hearsay    // as a DHCP proxy: who holds which address of the other server
	rivals    rivals
	rebuild   rebuild
	absent    []string // interfaces that were not there at the start
	clock     *clock
	saving    sync.WaitGroup
	probe     *probe.Prober // nil: addresses are not probed
	shelf     atomic.Pointer[boot.Shelf]
	user      io.Closer // the user's TFTP root; may be nil

	counting sync.Mutex
	counted  poolCount

	asks  sync.Mutex
	asked map[asking]book.Asked // what was found out about questions

	mu      sync.Mutex
	dhcp    *dhcp.Server // nil with dhcp: off, and before Serve
	readers map[string]*install.LogReader
	heard   map[string]time.Time // when a machine's log last counted as a sign of life
	quiet   time.Time            // until when it is not said again that events cannot be stored
}

// Open builds the parts and reads what the state directory holds. It listens
// on nothing yet.
func Open(o Options) (*App, error) {
	a := &App{clock: newClock(), opt: o, log: o.Log, readers: map[string]*install.LogReader{}, heard: map[string]time.Time{}}
	a.cfg.Store(o.Config)
	var err error
	if o.ReadOnly {
		a.store, err = store.OpenReadOnly(o.State)
	} else {
		a.store, err = store.Open(o.State)
	}
	if err != nil {
		return nil, err
	}
	if err := a.load(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// load reads the store and joins the parts.
func (a *App) load() error {
	images := a.opt.Images
	var err error
	if images == nil {
		if images, err = a.store.Images(); err != nil {
			return err
		}
	}
	machines, err := a.store.Machines()
	if err != nil {
		return err
	}
	attempts, err := a.store.Attempts()
	if err != nil {
		return err
	}
	leases, err := a.store.Leases()
	if err != nil {
		return err
	}
	a.trees = tree.NewShelf()
	a.catalogue = image.NewCatalogue(images)
	a.roster = machine.NewRoster(machines)
	a.ledger = install.NewLedger(attempts, a.store)
	if a.opt.ReadOnly {
		a.ledger = install.NewLedger(attempts, forgetful{})
	}
	host := a.opt.Loaders
	if host == nil {
		host = loader.Find()
	}
	a.desk = &boot.Desk{Roster: a.roster, Attempts: a.ledger, Leases: bookLeases{a}, Catalogue: a.catalogue, Loaders: host, Remember: a.remember}
	c := a.cfg.Load()
	if !a.opt.ReadOnly {
		a.logs = logbook.New(filepath.Join(a.opt.State, logbook.Dir))
		a.commits = store.NewCommitter(a.store)
		a.memory = store.NewMemory(a.store, func(err error) { a.log.Error("machines could not be remembered", "err", err) })
	}
	a.book = lease.New(a.leaseConfig(c), leases)
	if a.probes(c) {
		a.probe = a.newProber()
	}
	if len(leases) > 1<<16 {
		leases = nil
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(largeGC)
		}
		debug.FreeOSMemory() // the rows were larger than the book is
	}
	a.shelf.Store(&boot.Shelf{Desk: a.desk, Trees: a.trees, Loaders: host})
	if err := a.openCache(c); err != nil {
		return err
	}
	return a.use(c)
}

// leaseConfig is what the settings say about addresses.
func (a *App) leaseConfig(c *config.Config) lease.Config {
	conf := lease.Config{Subnets: c.Subnets, Reservations: c.Reservations, Store: forgetful{}, Probe: a.probes(c)}
	if !a.opt.ReadOnly {
		conf.Store = gathered{a.store, a.commits}
	}
	return conf
}

// use puts settings to work in every part.
func (a *App) use(c *config.Config) error {
	a.cfg.Store(c)
	a.asks.Lock()
	a.asked = map[asking]book.Asked{} // settings may mend what was found
	a.asks.Unlock()
	a.renamed(a.roster.Declare(c.Machines))
	set := c.Boot
	set.Rehearse, set.SyslogPort = a.opt.Rehearsal, c.SyslogPort
	if c.Cache != nil && a.opt.Rehearsal == nil { // a rehearsal's wire does not lead to upstreams
		set.Cache = &c.Cache.Policy
	}
	a.desk.Use(set)
	next := *a.shelf.Load()
	next.User = nil
	old := a.user
	a.user = nil
	if c.TFTPRoot != "" {
		root, err := os.OpenRoot(c.TFTPRoot)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "make the directory, or leave tftp.root out", "opening tftp.root")
		}
		next.User, a.user = rootFiles{root}, root
	}
	a.shelf.Store(&next)
	if old != nil {
		old.Close()
	}
	return nil
}

// Reload takes new settings while serving. They were found good already;
// interfaces and ports stay as they were at the start.
func (a *App) Reload(c *config.Config) error {
	old := a.cfg.Load()
	c.ConflictProbe = old.ConflictProbe
	if c.DHCP != old.DHCP || c.HTTPPort != old.HTTPPort || c.TFTPPort != old.TFTPPort || !equal(c.Interfaces, old.Interfaces) {
		a.log.Warn("interfaces, ports and the DHCP mode change only at a restart; the rest of the new settings is in use")
		c.DHCP, c.HTTPPort, c.TFTPPort, c.Interfaces = old.DHCP, old.HTTPPort, old.TFTPPort, old.Interfaces
	}
	if err := CheckImages(c, a.catalogue); err != nil {
		return err
	}
	a.reloadCache(c)
	a.book.SetConfig(a.leaseConfig(c))
	return a.use(c)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// RefreshImages reads the catalogue again: an import by another process was made.
func (a *App) RefreshImages() error {
	images, err := a.store.Images()
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, i := range images {
		have[i.Name] = true
		a.catalogue.Put(i)
	}
	for _, i := range a.catalogue.All() {
		if !have[i.Name] {
			a.catalogue.Drop(i.Name)
		}
	}
	return nil
}

// CheckImages finds profiles that name an image that is not there or that
// cannot be booted. The error is a fault.List with positions.
func CheckImages(c *config.Config, catalogue *image.Catalogue) error {
	var bad fault.List
	for _, name := range c.Boot.Order {
		p := c.Boot.Profiles[name]
		img, ok := catalogue.Get(p.Image)
		f := fault.Finding{Position: c.At["image "+name], Severity: "error"}
		switch _, kernel := img.Find(image.Kernel); {
		case !ok:
			f.Msg = "profile " + name + " names an image that is not in the catalogue: " + p.Image
			f.Hint = "seedbed import MEDIUM --name " + p.Image + "; seedbed images lists those there are"
			bad = append(bad, f)
		case !kernel || !img.Netboot:
			f.Msg = "image " + p.Image + " has nothing that can be booted over the network"
			f.Hint = "import it again with --netboot"
			bad = append(bad, f)
		case img.Family == image.Proxmox && !p.Manual() && !img.Has(image.Answers):
			f.Msg = "image " + p.Image + " takes no answers from a server: its medium is not prepared, and profile " + name + " has some"
			f.Hint = "proxmox-auto-install-assistant prepare-iso FILE --fetch-from http, and import what that makes"
			bad = append(bad, f)
		case img.Fetches() && !img.Mirror && p.Install != nil && p.Install.Mirror.URL == "":
			f.Msg = "image " + p.Image + " is a netboot image without packages, and profile " + name + " names no mirror"
			f.Hint = "add install.mirror: http://HOST/debian, or import a medium with --netboot"
			bad = append(bad, f)
		}
	}
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// Close ends what Open opened.
func (a *App) Close() {
	a.saving.Wait()
	if a.logs != nil {
		a.logs.Close()
	}
	if a.commits != nil {
		a.commits.Close()
	}
	if a.memory != nil {
		a.memory.Close()
	}
	if a.trees != nil {
		a.trees.Close()
	}
	if a.user != nil {
		a.user.Close()
	}
	a.store.Close()
}

func (a *App) remember(m machine.Machine) {
	if a.memory != nil {
		a.memory.Remember(m)
	}
}

// place is where a request of a client on a segment reached this server.
func (a *App) place(segment string, server netip.Addr, client netip.Addr) boot.Place {
	p := boot.Place{Segment: segment, Server: server, HTTPPort: a.cfg.Load().HTTPPort}
	p.Subnet = a.book.SubnetFor(client)
	if p.Subnet == nil {
		p.Subnet = a.book.SubnetFor(server)
	}
	return p
}

// gathered commits many leases by one write and reads them from the store.
type gathered struct {
	*store.Store
	commits *store.Committer
}

func (g gathered) CommitLeases(l []lease.Lease) error { return g.commits.CommitLeases(l) }

func (g gathered) StartCommit(l []lease.Lease, then func(error)) bool {
	return g.commits.StartCommit(l, then)
}

func (g gathered) Together(do func()) { g.commits.Together(do) }

// forgetful is the store of an App that only looks: what it decides on the
// way to an answer is forgotten with it.
type forgetful struct{}

func (forgetful) SaveAttempt(install.Attempt) error { return nil }
func (forgetful) CommitLeases([]lease.Lease) error  { return nil }
func (forgetful) Leases() ([]lease.Lease, error)    { return nil, nil }

// now is the one clock of a running server: the wall's alone, since what is
// kept of it outlives the process.
func now() time.Time { return time.Now().Round(0) }
