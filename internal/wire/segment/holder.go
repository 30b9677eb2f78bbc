package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holder is the program that has a port.
type holder struct {
	pid  int
	name string
}

func (h holder) String() string { return fmt.Sprintf("%s (process %d)", h.name, h.pid) }

// tcpListen is the state of listening sockets in /proc/net/tcp (proc(5)).
const tcpListen = "0A"

// findHolder looks for the program whose socket is in the way of binding addr;
// proto is "udp" or "tcp". Other users' programs are found only as root.
func findHolder(proto string, addr netip.AddrPort) (holder, bool) {
	sockets := map[string]bool{}
	for _, table := range []string{proto, proto + "6"} {
		// thread-self, not self: the two differ in network namespaces.
		raw, err := os.ReadFile("/proc/thread-self/net/" + table)
		if err != nil {
			continue
		}
		for _, inode := range socketsAt(string(raw), proto == "tcp", addr) {
			sockets["socket:["+inode+"]"] = true
		}
	}
	if len(sockets) == 0 {
		return holder{}, false
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		target, err := os.Readlink(fd)
		if err != nil || !sockets[target] {
			continue
		}
		dir := filepath.Dir(filepath.Dir(fd))
		pid, _ := strconv.Atoi(filepath.Base(dir))
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil {
			name = []byte("a program")
		}
		return holder{pid: pid, name: string(bytes.TrimSpace(name))}, true
	}
	return holder{}, false
}

// socketsAt gives the inodes of those sockets in a /proc/net table that are in
// the way of binding addr: same port, and same or any address on either side.
func socketsAt(table string, tcp bool, addr netip.AddrPort) []string {
	var inodes []string
	for _, line := range strings.Split(table, "\n")[1:] {
		f := strings.Fields(line)
		if len(f) < 10 || (tcp && f[3] != tcpListen) {
			continue
		}
		local, ok := procAddr(f[1])
		if !ok || local.Port() != addr.Port() {
			continue
		}
		if local.Addr() == addr.Addr() || local.Addr().IsUnspecified() || addr.Addr().IsUnspecified() {
			inodes = append(inodes, f[9])
		}
	}
	return inodes
}

// procAddr reads "0100007F:0050": 32-bit words in the order of this computer,
// then the port.
func procAddr(s string) (netip.AddrPort, bool) {
	words, portHex, _ := strings.Cut(s, ":")
	port, err := strconv.ParseUint(portHex, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	var raw []byte
	for ; len(words) >= 8; words = words[8:] {
		w, err := strconv.ParseUint(words[:8], 16, 32)
		if err != nil {
			return netip.AddrPort{}, false
		}
		raw = binary.NativeEndian.AppendUint32(raw, uint32(w))
	}
	ip, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), ok
}
