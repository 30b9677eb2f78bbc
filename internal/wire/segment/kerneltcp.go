package segment

import (
	"context"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// ListenTCP accepts connections to the interface's address that arrive on the
// interface. Those of this computer to itself count as such: Linux has them
// arrive on the interface that has the address (since 4.14). A port that is
// taken is a Conflict fault naming the holder.
func (k *Kernel) ListenTCP(port uint16) (net.Listener, error) {
	addr := netip.AddrPortFrom(k.info.Addr.Addr(), port)
	config := net.ListenConfig{Control: control(func(fd int) error {
		return unix.BindToDevice(fd, k.info.Name)
	})}
	l, err := config.Listen(context.Background(), "tcp4", addr.String())
	if err != nil {
		return nil, k.listening(err, "tcp", addr)
	}
	return l, nil
}
