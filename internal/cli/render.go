package cli

import (
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/disk/store"
	"seedbed/internal/fault"
)

func (e *env) cmdRender() *cobra.Command {
	return &cobra.Command{
		Use:   "render MACHINE [answer|ipxe|pxelinux|grub]",
		Short: "The exact bytes that a machine would get",
		Long: "Prints what the server would send to a machine now: its answer file, or its boot script in the\n" +
			"language of a loader. The secret in the addresses is another one at each run for a machine that\n" +
			"has not been armed yet.",
		Example: "  seedbed render node1 answer\n  seedbed render node1 pxelinux", Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			what := "answer"
			if len(args) == 2 {
				what = args[1]
			}
			return e.render(args[0], what)
		},
	}
}

func (e *env) render(name, what string) error {
	c, err := e.settings()
	if err != nil {
		return err
	}
	a, done, err := e.look(c)
	if err != nil {
		return err
	}
	defer done()
	content, err := a.Preview(name, what, serverAddress(c))
	if err != nil {
		return err
	}
	defer content.Body.Close()
	b, err := io.ReadAll(io.NewSectionReader(content.Body, 0, content.Size))
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]string{"machine": name, "what": what, "text": string(b), "type": content.Type})
	}
	_, err = e.out.Write(b)
	if what == "answer" {
		e.list(e.losses(c, name))
	}
	return err
}

// losses are what the installer of a machine's image cannot be told of its
// profile's install.
func (e *env) losses(c *config.Config, name string) fault.List {
	for _, m := range c.Machines {
		p := c.Boot.Profiles[m.Profile]
		images, err := e.images()
		if m.Name != name || p.Install == nil || err != nil {
			continue
		}
		s := sample(c, m.Profile, images)
		s.Machine, s.HostName = m, m.Name
		if d, err := answer.Render(p.Install, nil, s); err == nil {
			return lossFindings(p.Install, d)
		}
	}
	return nil
}

// look opens the parts at rest. Where no server ever ran, they look at an
// empty store in a temporary directory.
func (e *env) look(c *config.Config) (*app.App, func(), error) {
	state, drop := e.state, func() {}
	if _, err := os.Stat(filepath.Join(state, "seedbed.db")); err != nil {
		tmp, err := os.MkdirTemp("", "seedbed-look-")
		if err != nil {
			return nil, nil, err
		}
		drop = func() { os.RemoveAll(tmp) }
		st, err := store.Open(tmp)
		if err != nil {
			drop()
			return nil, nil, err
		}
		st.Close()
		state = tmp
	}
	a, err := app.Open(app.Options{Config: c, State: state, ReadOnly: true, Log: e.logger()})
	if err != nil {
		drop()
		return nil, nil, err
	}
	return a, func() { a.Close(); drop() }, nil
}

// serverAddress is the address that machines would see: that of the first
// interface, else the first subnet's next-server, else one for documentation.
func serverAddress(c *config.Config) netip.Addr {
	for _, name := range c.Interfaces {
		i, err := net.InterfaceByName(name)
		if err != nil {
			continue
		}
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
				return p.Addr()
			}
		}
	}
	if len(c.Subnets) > 0 && c.Subnets[0].NextServer.IsValid() {
		return c.Subnets[0].NextServer
	}
	return netip.MustParseAddr("192.0.2.1")
}
