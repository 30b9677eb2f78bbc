package segment

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// Changes gives a token whenever an interface of this computer came, went, or
// changed its state or address (rtnetlink(7)), until ctx ends.
func Changes(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "", "watching network interfaces")
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR}); err != nil {
		unix.Close(fd)
		return nil, fault.Wrap(err, fault.Unavailable, "", "watching network interfaces")
	}
	f := os.NewFile(uintptr(fd), "changes of network interfaces")
	context.AfterFunc(ctx, func() { f.Close() })
	out := make(chan struct{}, 1)
	go func() {
		buf := make([]byte, 16<<10)
		for {
			if _, err := f.Read(buf); err != nil && ctx.Err() != nil {
				return
			} else if err != nil {
				time.Sleep(100 * time.Millisecond) // ENOBUFS: some were lost, which is a change as well
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out, nil
}

// Stale says why the interface is not any more what was opened, "" if it is:
// it is gone, is another by the same name, or has lost its address or MAC. An
// interface that is down only is not stale.
func (k *Kernel) Stale() string {
	iface, err := net.InterfaceByName(k.info.Name)
	if err != nil {
		return "it is gone"
	}
	switch {
	case iface.Index != k.index:
		return "it was made anew"
	case !slices.Equal(iface.HardwareAddr, k.info.MAC):
		return fmt.Sprintf("its MAC is now %s", iface.HardwareAddr)
	case iface.MTU != k.info.MTU:
		return fmt.Sprintf("its MTU is now %d", iface.MTU)
	}
	all, err := addrsOf(iface)
	if err == nil && !slices.Contains(all, k.info.Addr) {
		return fmt.Sprintf("it no longer has the address %s", k.info.Addr)
	}
	return ""
}

// addrsOf are the interface's IPv4 addresses.
func addrsOf(iface *net.Interface) ([]netip.Prefix, error) {
	addrs, err := iface.Addrs()
	if err != nil {
		return nil, fmt.Errorf("listing the addresses of %s: %w", iface.Name, err)
	}
	var out []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			out = append(out, p)
		}
	}
	return out, nil
}
