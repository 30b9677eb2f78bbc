package api

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"seedbed/internal/fault"
)

const socketName = "seedbed.sock"

// place gives an address for the socket that the kernel takes: it allows 107
// bytes, and state directories may lie deeper. free is called after its use.
func place(dir string) (address string, free func(), err error) {
	path := filepath.Join(dir, socketName)
	if len(path) < 108 {
		return path, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), socketName), func() { d.Close() }, nil
}

// Listen makes DIR/seedbed.sock (0600), in place of one that a dead server
// left. Call it only when the store's lock of DIR is held: the lock, not the
// socket, says who serves. Remove the socket with Close of the listener.
func Listen(dir string) (net.Listener, error) {
	const doing = "opening the local socket"
	address, free, err := place(dir)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "", doing)
	}
	if err := os.Remove(filepath.Join(dir, socketName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		free()
		return nil, fault.Wrap(err, fault.Unavailable, "", doing)
	}
	l, err := net.Listen("unix", address)
	if err == nil {
		err = os.Chmod(filepath.Join(dir, socketName), 0o600)
	}
	if err != nil {
		if l != nil {
			l.Close()
		}
		free()
		return nil, fault.Wrap(err, fault.Unavailable, "choose a state directory on a local file system with --state", doing)
	}
	return &listener{Listener: l, free: free}, nil
}

type listener struct {
	net.Listener
	free func()
}

func (l *listener) Close() error {
	err := l.Listener.Close() // also removes the socket, through the address
	l.free()
	return err
}

// notServed says why nobody is at the socket.
func notServed(dir string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fault.Wrap(err, fault.Unavailable, "start it with `seedbed serve`, or name its state directory with --state", "no server runs from %q", dir)
	case errors.Is(err, os.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "be the user who runs the server, or root", "the server's socket in %q is not yours", dir)
	}
	return fault.Wrap(err, fault.Unavailable, "look at the server's log", "speaking with the server of %q", dir)
}
